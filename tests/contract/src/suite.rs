//! How a suite becomes tests.

/// Makes a `#[test]` of each promise of a suite, in a module of the suite's name.
#[doc(hidden)]
#[macro_export]
macro_rules! suite {
    ($suite:ident, $from:ident, $make:expr, [$($promise:ident),+ $(,)?]) => {
        mod $suite {
            #[allow(unused_imports, reason = "a suite's maker may be named by its whole path")]
            use super::*;
            $(
                #[test]
                fn $promise() {
                    $crate::run(async {
                        let harness = ($make)().await;
                        $crate::$from::$promise(&harness).await;
                    });
                }
            )+
        }
    };
}

#[cfg(test)]
mod tests {
    /// A promise that no macro lists would be held by nobody.
    #[test]
    fn every_promise_is_in_a_suite() {
        let mut sources = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        let mut text = String::new();
        while let Some(path) = sources.pop() {
            if path.is_dir() {
                sources.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            } else {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
        let promises: Vec<&str> =
            text.split("\npub async fn ").skip(1).map(|rest| rest.split('(').next().unwrap()).collect();
        assert!(promises.len() > 50, "found only {}", promises.len());
        let listed: Vec<&str> = text
            .split("$crate::suite!(")
            .filter_map(|rest| rest.split_once('[')?.1.split_once(']'))
            .flat_map(|(list, _)| list.split(',').map(str::trim))
            .collect();
        for promise in promises {
            assert!(listed.contains(&promise), "{promise} is in no suite's list");
        }
    }
}
