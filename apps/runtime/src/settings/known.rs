//! The settings as one program knows them: with the suite's prefixes, and only those that its services take.

use super::{
    ServiceSettings, Settings,
    error::{Refusal, SettingsError},
    source::{Given, Origin},
    table::{Apply, Default, Kind, Setting, settings},
};
use crate::program::{Program, Service};

/// What a setting means to a program.
pub(super) enum Meaning {
    /// It is the program's.
    Program(Apply<Settings>),
    /// It is that service's.
    Service(Service, Apply<ServiceSettings>),
    /// It is the same for every service that has none of its own.
    EveryService(Apply<ServiceSettings>),
    /// It is a piece of what is put together once all are read.
    Part(fn(&str) -> Result<(), Refusal>),
    /// It asks for something that is not built.
    NotBuilt(&'static str),
    /// It makes sense for a single service, and this is the suite.
    OneServiceOnly,
}

/// A setting of a program.
pub(super) struct Known {
    /// Its name, and its aliases after it.
    pub(super) names: Vec<String>,
    pub(super) meaning: Meaning,
    /// The value that holds without it.
    default: Option<&'static str>,
    pub(super) row: &'static Setting,
}

/// The settings of a program. One for every service comes before those for each, which thus win.
pub(super) fn of(program: Program) -> Vec<Known> {
    settings().flat_map(|row| of_row(program, row)).collect()
}

fn of_row(program: Program, row: &'static Setting) -> Vec<Known> {
    let takes: Vec<Service> = program.services().filter(|service| row.services.contains(service)).collect();
    if takes.is_empty() {
        return Vec::new();
    }
    let one = |meaning| Known::new("", row, None, meaning);
    let each = |prefixed: bool, meaning: &dyn Fn(Service) -> Meaning| -> Vec<Known> {
        let prefix =
            |service: Service| if prefixed { format!("{}_", service.prefix()) } else { String::new() };
        takes
            .iter()
            .map(|service| Known::new(&prefix(*service), row, Some(*service), meaning(*service)))
            .collect()
    };
    match (&row.kind, program.is_suite()) {
        (Kind::Shared(apply), _) => vec![one(Meaning::Program(*apply))],
        (Kind::Part(check), _) => vec![one(Meaning::Part(*check))],
        (Kind::NotBuilt(what), _) => vec![one(Meaning::NotBuilt(what))],
        (Kind::Own(apply) | Kind::OwnOrAll(apply), false) => {
            each(false, &|service| Meaning::Service(service, *apply))
        }
        (Kind::Own(apply), true) => {
            let own = each(true, &|service| Meaning::Service(service, *apply));
            own.into_iter().chain([one(Meaning::OneServiceOnly)]).collect()
        }
        (Kind::OwnOrAll(apply), true) => {
            let own = each(true, &|service| Meaning::Service(service, *apply));
            // IMAGE_PUBLIC_URL is a setting by itself, and says more than PUBLIC_URL with a prefix would.
            let own = own.into_iter().filter(|own| settings().all(|row| row.name != own.name()));
            [one(Meaning::EveryService(*apply))].into_iter().chain(own).collect()
        }
    }
}

impl Known {
    fn new(prefix: &str, row: &'static Setting, service: Option<Service>, meaning: Meaning) -> Self {
        let names =
            [&row.name].into_iter().chain(row.aliases).map(|name| format!("{prefix}{name}")).collect();
        let default = match (&row.default, service) {
            (Default::Value(value), _) => Some(*value),
            (Default::Of(of), Some(service)) => Some(of(service)),
            (Default::Of(_) | Default::Words(_) | Default::Nothing, _) => None,
        };
        Self { names, meaning, default, row }
    }

    pub(super) fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// The default as a value that was given.
    pub(super) fn by_default(&self) -> Option<Given> {
        let value = self.default?.to_owned();
        Some(Given { name: self.name().to_owned(), value, origin: Origin::Default })
    }

    /// The default in words.
    pub(super) fn default_in_words(&self) -> Option<&'static str> {
        match self.row.default {
            Default::Words(words) => Some(words),
            _ => self.default,
        }
    }

    pub(super) fn refused(&self, given: Given, refusal: Refusal) -> SettingsError {
        let Given { name, value, origin } = given;
        match refusal {
            Refusal::NotBuilt(what) => SettingsError::NotBuilt { name, origin, what },
            Refusal::Accepts(accepted) => {
                let given =
                    if self.row.secret { "not shown, being a secret".to_owned() } else { shown(&value) };
                SettingsError::Value { name, origin, given, accepted }
            }
        }
    }
}

/// What was given, on one line however it was written, and cut where it is long.
fn shown(value: &str) -> String {
    const LONGEST: usize = 80;
    let cut: String = value.chars().take(LONGEST).collect();
    if cut.len() < value.len() { format!("{cut:?}…") } else { format!("{cut:?}") }
}

/// What the suite takes in place of a setting that belongs to one service.
pub(super) fn of_each_service(name: &str) -> String {
    let row = settings().find(|row| row.name == name || row.aliases.contains(&name));
    let services = row.map_or(&[][..], |row| row.services);
    let names: Vec<_> = services.iter().map(|service| format!("{}_{name}", service.prefix())).collect();
    names.join(", ")
}
