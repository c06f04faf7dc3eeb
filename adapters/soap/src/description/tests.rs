use crate::{lookup, register};
use std::{env, fs, path::Path};

/// The descriptions under the addresses that the README has the services listen on.
fn documents() -> [(&'static str, Vec<u8>); 2] {
    [
        ("user-soap.wsdl", register::DESCRIPTION.wsdl("http://127.0.0.1:5002")),
        ("user-lookup.wsdl", lookup::DESCRIPTION.wsdl("http://127.0.0.1:5016")),
    ]
}

#[test]
fn the_documentation_has_the_descriptions_as_they_are_served() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api");
    for (name, wsdl) in documents() {
        let path = folder.join(name);
        if env::var_os("HEXAD_WRITE_DOCS").is_some() {
            fs::write(&path, &wsdl).unwrap();
        }
        let kept = fs::read(&path).unwrap_or_default();
        assert!(
            kept == wsdl,
            "docs/api/{name} is not what the service answers; write it anew with \
             HEXAD_WRITE_DOCS=1 cargo test -p hexad-soap the_documentation_has"
        );
    }
}

#[test]
fn a_description_is_ascii_with_its_address_in_both_ports_whatever_that_holds() {
    let wsdl = String::from_utf8(register::DESCRIPTION.wsdl("https://a.example/\"<ñ>&")).unwrap();
    assert!(wsdl.is_ascii());
    let location = "location=\"https://a.example/&quot;&lt;&#xF1;&gt;&amp;/register\"";
    assert_eq!(wsdl.matches(location).count(), 2, "{wsdl}");
}
