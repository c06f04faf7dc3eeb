//! What a program has made already, to be shared by its services.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
};

/// One value of each type. It knows none of them by name, so a program links only those that it makes.
#[derive(Default)]
pub(super) struct Made(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Made {
    /// The value of that type, if it was made.
    pub(super) fn find<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref().cloned()
    }

    /// Keeps a value, and gives it back.
    pub(super) fn keep<T: Clone + Send + Sync + 'static>(&mut self, value: T) -> T {
        self.0.insert(TypeId::of::<T>(), Box::new(value.clone()));
        value
    }
}

#[cfg(test)]
mod tests {
    use super::Made;

    #[test]
    fn each_type_has_a_place_of_its_own() {
        let mut made = Made::default();
        assert_eq!(made.find::<u8>(), None);
        assert_eq!(made.keep(7_u8), 7);
        made.keep(8_u16);
        assert_eq!((made.find::<u8>(), made.find::<u16>()), (Some(7), Some(8)));
    }
}
