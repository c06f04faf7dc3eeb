//! A database, a virtual host and a bucket of its own for each test on the real servers.
