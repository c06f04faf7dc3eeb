//! Images: their names, their formats and what is refused.
