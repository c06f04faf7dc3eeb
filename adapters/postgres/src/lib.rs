//! Users, sessions and events of Hexad on PostgreSQL.
