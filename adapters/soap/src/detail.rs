//! The detail of a fault: the element that says in codes what was refused, how it is written and how described.

use crate::writer::{Writer, element};
use crate::{USER_SERVICE, register};
use hexad_http::{Code, Problem};

/// The name of the element.
pub(crate) const ERROR: &str = "error";

const CODE: &str = "code";
const FIELD: &str = "field";
const NAME: &str = "name";

/// Writes what a detail holds. Elements and no attributes, as PHP's SoapClient drops attributes here.
pub(crate) fn write(writer: &mut Writer, problem: &Problem) {
    writer.element(element(ERROR).default_ns(USER_SERVICE), |writer| {
        writer.leaf(CODE, name(problem.code));
        for field in &problem.fields {
            writer.element(element(FIELD), |writer| {
                writer.leaf(NAME, &field.name);
                writer.leaf(CODE, name(field.code));
            });
        }
    });
    // After the other: a toolkit makes an exception of the first element.
    if problem.code == Code::Duplicate {
        register::write_message(writer, &problem.detail);
    }
}

/// The code's name in a detail. One that no SOAP service has a use for would be a mistake of ours.
pub(crate) fn name(code: Code) -> &'static str {
    code.soap().unwrap_or("internal")
}

/// Writes the types of the element into its schema. `qualified` gives a name of that schema its prefix.
///
/// The names of fields are no list: a client that was made before a field came to be has to be told of it too.
pub(crate) fn describe(writer: &mut Writer, qualified: impl Fn(&str) -> String) {
    let code = qualified(CODE);
    let write_code =
        |writer: &mut Writer| writer.empty(element("xs:element").attr("name", CODE).attr("type", &code));
    let write_field = |writer: &mut Writer| {
        let field = element("xs:element").attr("name", FIELD);
        writer.element(field.attr("minOccurs", "0").attr("maxOccurs", "unbounded"), |writer| {
            sequence(writer, |writer| {
                writer.empty(element("xs:element").attr("name", NAME).attr("type", "xs:string"));
                write_code(writer);
            });
        });
    };
    writer.element(element("xs:element").attr("name", ERROR), |writer| {
        sequence(writer, |writer| {
            write_code(writer);
            write_field(writer);
        });
    });
    writer.element(element("xs:simpleType").attr("name", CODE), |writer| {
        writer.element(element("xs:restriction").attr("base", "xs:string"), |writer| {
            for code in codes() {
                writer.empty(element("xs:enumeration").attr("value", code));
            }
        });
    });
}

fn sequence(writer: &mut Writer, content: impl FnOnce(&mut Writer)) {
    writer.element(element("xs:complexType"), |writer| writer.element(element("xs:sequence"), content));
}

/// Every code that a detail can have, once, in the order of the table.
fn codes() -> Vec<&'static str> {
    let mut codes = Vec::new();
    for code in Code::ALL.iter().filter_map(|code| code.soap()) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}
