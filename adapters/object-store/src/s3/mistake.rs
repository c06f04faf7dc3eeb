//! What passes by itself, and what only an operator can mend.

use super::{
    Store,
    failure::{Failure, Refusal, is_about_tls},
};
use hexad_ports::{Concern, Mistake, NotReady, error_chain};

/// What was asked of the store: its no is about that privilege.
#[derive(Debug, Clone, Copy)]
pub(super) enum Doing {
    List,
    CreateBucket,
    PutBucketPolicy,
    PutObject,
}

impl Doing {
    /// As the store's policies name it.
    const fn action(self) -> &'static str {
        match self {
            Doing::List => "s3:ListBucket",
            Doing::CreateBucket => "s3:CreateBucket",
            Doing::PutBucketPolicy => "s3:PutBucketPolicy",
            Doing::PutObject => "s3:PutObject",
        }
    }
}

pub(super) fn judge(store: &Store, failure: Failure, doing: Doing) -> NotReady {
    let mistake = match &failure {
        Failure::Silent(_) => None,
        Failure::Lost(error) if is_about_tls(error) => {
            let why = format!("no encrypted connection to the store: {}", error_chain(error));
            Some(Mistake::new(Concern::Encryption, why))
        }
        Failure::Lost(_) => None,
        Failure::Refused(_) if failure.passes() => None,
        Failure::Refused(refusal) => Some(of_refusal(store, refusal, doing)),
        Failure::Strange(_) | Failure::Unmade(_) => {
            Some(Mistake::new(Concern::Address, format!("no S3 at {}: {failure}", store.origin())))
        }
    };
    match mistake {
        Some(mistake) => NotReady::Mistake(mistake),
        None => NotReady::Away(failure.into()),
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
fn of_refusal(store: &Store, refusal: &Refusal, doing: Doing) -> Mistake {
    let bucket = store.bucket();
    let (about, why) = match refusal.code.as_str() {
        "InvalidAccessKeyId" => (Concern::Credentials, "the store does not know the access key".to_owned()),
        "SignatureDoesNotMatch" => {
            (Concern::Credentials, "the secret key is not that of the access key".to_owned())
        }
        "RequestTimeTooSkewed" => (
            Concern::Credentials,
            "this machine's clock and the store's are too far apart for signatures to hold".to_owned(),
        ),
        "AccessDenied" | "AllAccessDisabled" | "AccountProblem" => (
            Concern::Privilege,
            format!("the access key may not {} on the bucket {bucket:?}", doing.action()),
        ),
        "InvalidBucketName" => {
            (Concern::Name, format!("{bucket:?} is no name that the store gives a bucket"))
        }
        "BucketAlreadyExists" => (Concern::Name, format!("the bucket {bucket:?} belongs to somebody else")),
        "TooManyBuckets" => {
            (Concern::Name, format!("there is no bucket {bucket:?}, and no room to make one: {refusal}"))
        }
        "PermanentRedirect"
        | "TemporaryRedirect"
        | "AuthorizationHeaderMalformed"
        | "IllegalLocationConstraintException"
        | "InvalidLocationConstraint"
        | "InvalidRegion" => (
            Concern::Address,
            match &refusal.region {
                Some(there) => format!("the region is {there:?}, not {:?}", store.settings.region),
                None => {
                    format!("the region {:?} is not that of the store or the bucket", store.settings.region)
                }
            },
        ),
        // What stores that lack a part of S3 say.
        "NotImplemented" | "MethodNotAllowed" => {
            (Concern::Content, format!("the store cannot do {}: {refusal}", doing.action()))
        }
        "" if refusal.asks_for_tls() => {
            (Concern::Encryption, format!("at {} is TLS: the URL begins with https://", store.origin()))
        }
        "" => (Concern::Address, format!("no S3 at {}: {refusal}", store.origin())),
        _ => (Concern::Content, format!("{} is refused: {refusal}", doing.action())),
    };
    Mistake::new(about, why)
}
