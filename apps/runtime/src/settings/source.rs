//! Where settings come from: flags, the environment, a `.env` file; an earlier one wins.

use super::error::SettingsError;
use std::{collections::HashMap, ffi::OsString, fmt, fs::File, io, path::Path};

/// Where a value was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A flag.
    Flag,
    /// The environment.
    Environment,
    /// The `.env` file.
    DotEnv,
    /// What the program does without a setting.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "from its flag",
            Self::Environment => "from the environment",
            Self::DotEnv => "from .env",
            Self::Default => "by default",
        })
    }
}

/// The values of one origin. An empty value counts as none.
struct Layer {
    origin: Origin,
    values: HashMap<String, OsString>,
}

/// All that was given, the strongest layer first.
pub(super) struct Sources(Vec<Layer>);

/// A value, under the name that it was given by.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) origin: Origin,
}

impl Sources {
    /// The layers, flags first.
    pub(super) fn new(
        flags: impl IntoIterator<Item = (String, String)>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        dot_env: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let text = |(name, value): (String, String)| (name, OsString::from(value));
        let name = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value));
        Self(vec![
            Layer { origin: Origin::Flag, values: flags.into_iter().map(text).collect() },
            Layer { origin: Origin::Environment, values: environment.into_iter().filter_map(name).collect() },
            Layer { origin: Origin::DotEnv, values: dot_env.into_iter().map(text).collect() },
        ])
    }

    /// The value of a setting with these names, from the strongest layer that has one.
    pub(super) fn find(&self, names: &[String]) -> Result<Option<Given>, SettingsError> {
        for layer in &self.0 {
            let mut found: Option<Given> = None;
            for name in names {
                let Some(value) = layer.values.get(name).filter(|value| !value.is_empty()) else { continue };
                let origin = layer.origin;
                let Some(value) = value.to_str() else {
                    return Err(SettingsError::NotText { name: name.clone(), origin });
                };
                match &found {
                    Some(first) if first.value != value => {
                        let (one, other) = (first.name.clone(), name.clone());
                        return Err(SettingsError::Contradiction { one, other, origin });
                    }
                    Some(_) => {}
                    None => found = Some(Given { name: name.clone(), value: value.to_owned(), origin }),
                }
            }
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

/// The settings in a `.env` file, of which there need be none. Only that very file is read, none of a folder above.
pub(super) fn dot_env(path: &Path) -> Result<Vec<(String, String)>, SettingsError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(SettingsError::DotEnvFile(error)),
    };
    let mut settings: Vec<(String, String)> = Vec::new();
    for line in dotenvy::Iter::new(file) {
        match line {
            Ok(setting) => settings.push(setting),
            Err(dotenvy::Error::Io(error)) => return Err(SettingsError::DotEnvFile(error)),
            Err(_) => {
                let after = settings.pop().map(|(name, _)| name);
                return Err(SettingsError::DotEnvLine { after });
            }
        }
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::{Given, Origin, Sources, dot_env};
    use std::ffi::OsString;

    fn pairs<T: From<&'static str>>(pairs: &[(&'static str, &'static str)]) -> Vec<(T, T)> {
        pairs.iter().map(|(name, value)| (T::from(name), T::from(value))).collect()
    }

    fn find(sources: &Sources, names: &[&str]) -> Option<(String, Origin)> {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        sources.find(&names).unwrap().map(|Given { value, origin, .. }| (value, origin))
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let sources = Sources::new(
            pairs(&[("A", "flag")]),
            pairs(&[("A", "environment"), ("B", "environment")]),
            pairs(&[("A", "file"), ("B", "file"), ("C", "file")]),
        );
        assert_eq!(find(&sources, &["A"]), Some(("flag".into(), Origin::Flag)));
        assert_eq!(find(&sources, &["B"]), Some(("environment".into(), Origin::Environment)));
        assert_eq!(find(&sources, &["C"]), Some(("file".into(), Origin::DotEnv)));
        assert_eq!(find(&sources, &["D"]), None);
    }

    #[test]
    fn an_alias_in_a_stronger_layer_wins_over_the_name_in_a_weaker_one() {
        let sources = Sources::new([], pairs(&[("ALIAS", "environment")]), pairs(&[("NAME", "file")]));
        assert_eq!(find(&sources, &["NAME", "ALIAS"]), Some(("environment".into(), Origin::Environment)));
    }

    #[test]
    fn an_empty_value_is_none() {
        let sources = Sources::new(pairs(&[("A", "")]), pairs(&[("A", "")]), pairs(&[("A", "file")]));
        assert_eq!(find(&sources, &["A"]), Some(("file".into(), Origin::DotEnv)));
    }

    #[test]
    fn two_names_of_one_setting_must_agree() {
        let names = ["NAME".to_owned(), "ALIAS".to_owned()];
        let agree = Sources::new([], pairs(&[("NAME", "x"), ("ALIAS", "x")]), []);
        assert_eq!(find(&agree, &["NAME", "ALIAS"]), Some(("x".into(), Origin::Environment)));
        let differ = Sources::new([], pairs(&[("NAME", "s3cret"), ("ALIAS", "oth3r")]), []);
        let line = differ.find(&names).unwrap_err().to_string();
        assert!(line.contains("NAME and ALIAS (from the environment)"), "{line}");
        assert!(!line.contains("s3cret") && !line.contains("oth3r"), "{line}");
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_no_text_is_named() {
        use std::os::unix::ffi::OsStringExt;
        let value = OsString::from_vec(vec![0xff, 0xfe]);
        let sources = Sources::new([], [(OsString::from("A"), value)], []);
        let line = sources.find(&["A".to_owned()]).unwrap_err().to_string();
        assert_eq!(line, "A (from the environment) is not UTF-8");
    }

    #[test]
    fn the_file_may_be_missing_and_is_read_as_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        assert_eq!(dot_env(&path).unwrap(), []);
        std::fs::write(&path, "# a comment\nPORT=6001\nexport LOG='debug'\nDATA_DIR=\"./my data\"\n")
            .unwrap();
        let expected = [("PORT", "6001"), ("LOG", "debug"), ("DATA_DIR", "./my data")];
        assert_eq!(dot_env(&path).unwrap(), expected.map(|(name, value)| (name.into(), value.into())));
    }

    #[test]
    fn a_bad_line_of_the_file_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        std::fs::write(&path, "PORT=6001\nmy s3cret is this\n").unwrap();
        let line = dot_env(&path).unwrap_err().to_string();
        assert!(line.contains("after PORT") && !line.contains("s3cret"), "{line}");
    }
}
