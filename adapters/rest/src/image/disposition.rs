//! What the head of a part says of it (`Content-Disposition`), read as the original's library reads it: werkzeug, in
//! `parse_options_header`. Clients have written it in every way there is, and multer knows one: names of parameters in
//! capitals, `%22` and `\"` for a quote, `filename*` (RFC 8187) in place of `filename` or after it, and a name in pieces
//! (`filename*0`, RFC 2231) are in none of its answers. The crates that parse this header refuse most of that.

use percent_encoding::percent_decode_str;
use std::str::FromStr;

/// The parameters that forms have.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Disposition {
    /// Which field of the form it is.
    pub(super) name: Option<String>,
    /// What the sender calls the file; `None` where it is none.
    pub(super) file_name: Option<String>,
}

impl Disposition {
    pub(super) fn parse(header: &str) -> Self {
        let (kind, parameters) = header.split_once(';').unwrap_or((header, ""));
        if kind.trim_matches([' ', '\t']).is_empty() {
            return Self::default();
        }
        let parameters: Vec<_> = Parameters { rest: parameters.trim_matches([' ', '\t']) }.collect();
        Self { name: value_of("name", &parameters), file_name: value_of("filename", &parameters) }
    }
}

/// A parameter as it is written.
#[derive(Debug, Clone, Copy)]
struct Parameter<'a> {
    /// With the marks at its end.
    key: &'a str,
    /// With its quotes.
    value: &'a str,
}

/// What can be read; all else is passed over.
struct Parameters<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Parameter<'a>;

    fn next(&mut self) -> Option<Parameter<'a>> {
        while !self.rest.is_empty() {
            let (found, rest) = one(self.rest)?;
            // On behind the next semicolon.
            self.rest = rest.split_once(';').map_or("", |(_, next)| next.trim_start_matches([' ', '\t']));
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

/// What stands at the beginning, if it is a parameter, and what follows; `None` for a quote without an end.
fn one(text: &str) -> Option<(Option<Parameter<'_>>, &str)> {
    let (key, after_key) = token(text);
    let Some(after_equals) = after_key.strip_prefix('=').filter(|_| !key.is_empty()) else {
        return Some((None, text));
    };
    let (value, rest) = match token(after_equals) {
        ("", quoted) if quoted.starts_with('"') => quoted.split_at_checked(quoted_length(quoted)?)?,
        ("", rest) => return Some((None, rest)),
        found => found,
    };
    Some((Some(Parameter { key, value }), rest))
}

/// A token of RFC 9110 (5.6.2), and what follows.
fn token(text: &str) -> (&str, &str) {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    text.split_at_checked(text.find(|c| !is_token(c)).unwrap_or(text.len())).unwrap_or((text, ""))
}

/// How many bytes a text in quotes has, both quotes included.
fn quoted_length(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at + 1),
            // Only these two: other backslashes are those of Windows' paths.
            b'\\' if matches!(text.as_bytes().get(at + 1), Some(b'"' | b'\\')) => _ = bytes.next(),
            _ => {}
        }
    }
    None
}

/// The last parameter of that name, whichever way it is written; its pieces in a row.
fn value_of(name: &str, parameters: &[Parameter<'_>]) -> Option<String> {
    let mut whole: Option<Written> = None;
    for Parameter { key, value } in parameters {
        let marks = Marks::of(key);
        if !marks.name.eq_ignore_ascii_case(name) {
            continue;
        }
        let before = whole.take().filter(|before| marks.is_piece && before.is_piece);
        let (charset, text) = if marks.is_extended {
            let (stated, text) = charset(value);
            let charset = match stated {
                // A piece after the first has that of the first.
                None | Some("") if marks.is_piece => before.as_ref().and_then(|before| before.charset),
                stated => stated.and_then(|stated| stated.parse().ok()),
            };
            (charset, charset.map_or_else(|| text.to_owned(), |charset| charset.decode(text)))
        } else {
            (None, unquoted(value).replace("%22", "\""))
        };
        whole = Some(Written {
            is_piece: marks.is_piece,
            charset: charset.or(before.as_ref().and_then(|before| before.charset)),
            text: before.map_or_else(String::new, |before| before.text) + &text,
        });
    }
    whole.map(|whole| whole.text)
}

struct Written {
    is_piece: bool,
    charset: Option<Charset>,
    text: String,
}

/// What the end of a parameter's name says of its value.
struct Marks<'a> {
    name: &'a str,
    /// One of several pieces: `*0`.
    is_piece: bool,
    /// Percent-encoded, in a charset: `*`.
    is_extended: bool,
}

impl<'a> Marks<'a> {
    fn of(key: &'a str) -> Self {
        let (key, is_extended) = key.strip_suffix('*').map_or((key, false), |key| (key, true));
        let piece = key
            .rsplit_once('*')
            .filter(|(_, number)| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()));
        let (name, is_piece) = piece.map_or((key, false), |(name, _)| (name, true));
        Marks { name, is_piece, is_extended }
    }
}

/// The charset that an extended value (RFC 8187, 3.2.1) states, and what is encoded in it; the language is passed over.
fn charset(value: &str) -> (Option<&str>, &str) {
    // What is in quotes is none.
    let parts = if value.starts_with('"') { None } else { value.split_once('\'') };
    match parts.and_then(|(charset, rest)| Some((charset, rest.split_once('\'')?.1))) {
        Some((charset, text)) if !text.is_empty() => (Some(charset), text),
        _ => (None, value),
    }
}

/// Those of RFC 8187, and its predecessor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Ascii,
    Utf8,
    Latin1,
}

impl FromStr for Charset {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match name.to_ascii_lowercase().as_str() {
            "ascii" | "us-ascii" => Ok(Self::Ascii),
            "utf-8" => Ok(Self::Utf8),
            "iso-8859-1" => Ok(Self::Latin1),
            _ => Err(()),
        }
    }
}

impl Charset {
    fn decode(self, encoded: &str) -> String {
        let bytes = percent_decode_str(encoded);
        match self {
            Self::Utf8 => bytes.decode_utf8_lossy().into_owned(),
            Self::Latin1 => bytes.map(char::from).collect(),
            Self::Ascii => bytes
                .map(|byte| if byte.is_ascii() { char::from(byte) } else { char::REPLACEMENT_CHARACTER })
                .collect(),
        }
    }
}

/// A value without its quotes and the backslashes before what they hide.
fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        text.push(if c == '\\' { rest.next().unwrap_or(c) } else { c });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Disposition;
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    fn file_name(parameters: &str) -> Option<String> {
        let read = Disposition::parse(&format!("form-data; name=\"file\"; {parameters}"));
        assert_eq!(read.name.as_deref(), Some("file"), "{parameters}");
        read.file_name
    }

    /// What werkzeug makes of each is held against it by the stock clients.
    #[test]
    fn a_file_name_is_written_in_many_ways() {
        for (parameters, name) in [
            ("filename=\"a b.png\"", "a b.png"),
            ("filename=a.png", "a.png"),
            ("filename=a b.png", "a"),
            ("FileName=\"a.png\"", "a.png"),
            ("filename=\"日本.png\"", "日本.png"),
            ("filename=\"a;b=c.png\"; size=5", "a;b=c.png"),
            // As browsers write a quote, as RFC 9110 does, and as Windows writes paths.
            ("filename=\"a%22b.png\"", "a\"b.png"),
            ("filename=\"a\\\"b.png\"", "a\"b.png"),
            ("filename=\"a\\\\b.png\"", "a\\b.png"),
            ("filename=\"C:\\x\\y.png\"", "C:xy.png"),
            // RFC 8187, alone and after another for those who do not know it; of several the last counts.
            ("filename*=UTF-8''caf%C3%A9.png", "caf\u{e9}.png"),
            ("filename*=utf-8'en'a.png", "a.png"),
            ("filename*=iso-8859-1''n%E9l.png", "n\u{e9}l.png"),
            ("filename*=us-ascii''n%E9l.png", "n\u{fffd}l.png"),
            ("filename=\"=?utf-8?B?w7E=?=\"; filename*=utf-8''%C3%B1.png", "\u{f1}.png"),
            ("filename=\"\"; filename*=utf-8''star.png", "star.png"),
            ("filename*=utf-8''star.png; filename=\"plain.png\"", "plain.png"),
            ("filename=\"one.png\"; filename=\"two.png\"", "two.png"),
            // What is not understood stays as it is.
            ("filename*=koi8-r''%C1.png", "%C1.png"),
            ("filename*=a.png", "a.png"),
            ("filename*=\"UTF-8''a.png\"", "\"UTF-8''a.png\""),
            // RFC 2231.
            ("filename*0=\"co\"; filename*1=\"nt.png\"", "cont.png"),
            ("filename*0*=utf-8''%C3; filename*1*=%B1; filename*2=\".png\"", "\u{fffd}\u{fffd}.png"),
            ("filename*0*=utf-8''%C3%B1; filename*1*=%C3%B1.png", "\u{f1}\u{f1}.png"),
            ("filename=\"a.png\"; filename*0=\"b\"; filename*1=\".png\"", "b.png"),
            ("filename*0=\"b\"; filename=\"a.png\"", "a.png"),
            ("; ;filename=a.png;", "a.png"),
            ("x=; y=\"z\"z; filename=a.png", "a.png"),
        ] {
            assert_eq!(file_name(parameters).as_deref(), Some(name), "{parameters}");
        }
        assert_eq!(file_name("filename=\"\"").as_deref(), Some(""));
        for none in [
            "",
            "filename",
            "filename=",
            "filename = a.png",
            "filename=\"a.png",
            "afilename=a",
            "filename**=a",
        ] {
            assert_eq!(file_name(none), None, "{none}");
        }
    }

    #[test]
    fn a_part_without_a_kind_or_a_name_has_none() {
        let names = |header: &str| Disposition::parse(header).name;
        assert_eq!(names("FORM-DATA; NAME=file").as_deref(), Some("file"));
        assert_eq!(names("form-data; filename=\"a\"; name=\"b\"").as_deref(), Some("b"));
        assert_eq!(names("form-data; name*=utf-8''file").as_deref(), Some("file"));
        for none in
            ["", ";", "form-data", "; name=file", "name=\"file\"; filename=\"a\"", "form-data; 'name'=file"]
        {
            assert_eq!(names(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_passed_over(
            header in prop::collection::vec(prop_oneof![
                Just("form-data"), Just(";"), Just(" "), Just("name"), Just("filename"), Just("*"), Just("0"), Just("1"),
                Just("="), Just("\""), Just("\\"), Just("%22"), Just("%E9"), Just("utf-8''"), Just("'"), Just("日"),
            ], 0..30),
            other: String,
        ) {
            let _ = Disposition::parse(&header.concat());
            let _ = Disposition::parse(&other);
        }

        #[test]
        fn every_name_comes_back(name in "\\PC{1,30}") {
            let encoded = utf8_percent_encode(&name, NON_ALPHANUMERIC);
            let written = format!("filename=\"x\"; filename*=UTF-8''{encoded}; x=y");
            prop_assert_eq!(file_name(&written), Some(name.clone()));
            let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
            prop_assume!(!name.contains("%22"));
            prop_assert_eq!(file_name(&format!("filename=\"{quoted}\"; x=y")), Some(name));
        }
    }
}
