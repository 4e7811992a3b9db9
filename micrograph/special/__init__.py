"""Forms of special functions that keep their digits, for the table and the kinds of number."""
