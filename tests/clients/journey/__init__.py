"""What the tests of the stock clients share: the running programs, people to register, and how answers are read."""
