//! Registration: what a new user gives, checked as a whole.

use crate::{City, Dni, Email, Field, FieldError, FieldErrors, FirstName, LastName, Password, Username};
use zeroize::Zeroizing;

/// What a request gave for each field, before any rule has looked at it.
///
/// ```
/// use hexad_domain::{Field, Problem, RegistrationForm};
///
/// let mut form = RegistrationForm::default();
/// form.give(Field::Username, "ada");
/// form.give(Field::Username, "ada");
/// let refused = form.validate().unwrap_err();
/// assert_eq!(refused.iter().count(), Field::ALL.len(), "every offending field is named at once");
/// assert_eq!(refused.problem(), Problem::Missing);
/// ```
#[derive(Default, Clone)]
pub struct RegistrationForm {
    given: Vec<(Field, Zeroizing<String>)>,
}

impl RegistrationForm {
    /// Notes that the request gave this value for the field. Giving a field twice makes it repeated.
    pub fn give(&mut self, field: Field, value: &str) {
        self.given.push((field, Zeroizing::new(value.to_owned())));
    }

    /// Checks every field. Values but the password are trimmed, as clients of the originals rely on.
    ///
    /// # Errors
    /// Every field that is missing, repeated or invalid.
    pub fn validate(&self) -> Result<Registration, FieldErrors> {
        let mut refused = Vec::new();
        let username = self.read(Field::Username, Username::parse, &mut refused);
        let password = self.read(Field::Password, Password::choose, &mut refused);
        let first_name = self.read(Field::FirstName, FirstName::parse, &mut refused);
        let last_name = self.read(Field::LastName, LastName::parse, &mut refused);
        let dni = self.read(Field::Dni, Dni::parse, &mut refused);
        let email = self.read(Field::Email, Email::parse, &mut refused);
        let city = self.read(Field::City, City::parse, &mut refused);
        match (username, password, first_name, last_name, dni, email, city) {
            (
                Some(username),
                Some(password),
                Some(first_name),
                Some(last_name),
                Some(dni),
                Some(email),
                Some(city),
            ) => Ok(Registration { username, password, first_name, last_name, dni, email, city }),
            _ => Err(FieldErrors::of(refused)),
        }
    }

    /// The field's value, or a word among the refused.
    fn read<T>(
        &self,
        field: Field,
        parse: impl Fn(&str) -> Result<T, FieldError>,
        refused: &mut Vec<FieldError>,
    ) -> Option<T> {
        let mut values = self.given.iter().filter(|(given, _)| *given == field).map(|(_, value)| value);
        let read = match (values.next(), values.next()) {
            (None, _) => Err(FieldError::missing(field)),
            (Some(_), Some(_)) => Err(FieldError::repeated(field)),
            (Some(value), None) => parse(field.rule().value(value)),
        };
        read.map_err(|error| refused.push(error)).ok()
    }
}

/// A registration that may be carried out.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The name to log in with.
    pub username: Username,
    /// The password in clear.
    pub password: Password,
    /// The given name.
    pub first_name: FirstName,
    /// The family name.
    pub last_name: LastName,
    /// The national identity document.
    pub dni: Dni,
    /// The mail address.
    pub email: Email,
    /// The city.
    pub city: City,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Problem;

    fn form(changes: &[(Field, &str)]) -> RegistrationForm {
        let good: [&str; Field::ALL.len()] =
            ["ada", "correct horse", "Ada", "Lovelace", "X-1", "ada@example.org", "London"];
        let mut form = RegistrationForm::default();
        for (field, value) in Field::ALL.into_iter().zip(good) {
            form.give(field, changes.iter().find(|(f, _)| *f == field).map_or(value, |(_, v)| v));
        }
        form
    }

    #[test]
    fn values_are_trimmed_but_for_the_password() {
        let ok = form(&[(Field::Username, " ada\n"), (Field::Password, " padded pw ")]).validate().unwrap();
        assert_eq!(ok.username.as_str(), "ada");
        assert_eq!(ok.password.expose(), b" padded pw ");
    }

    #[test]
    fn every_offending_field_is_named_and_the_gravest_problem_leads() {
        let refused = form(&[(Field::Email, "nobody"), (Field::City, "  ")]).validate().unwrap_err();
        let named: Vec<_> = refused.iter().map(|e| (e.field, e.problem)).collect();
        assert_eq!(named, [(Field::Email, Problem::Invalid), (Field::City, Problem::Missing)]);
        assert_eq!(refused.problem(), Problem::Missing);
    }

    #[test]
    fn a_repeated_field_is_refused_even_when_both_say_the_same() {
        let mut twice = form(&[]);
        twice.give(Field::Dni, "X-1");
        let refused = twice.validate().unwrap_err();
        assert_eq!(refused.problem(), Problem::Repeated);
    }
}
