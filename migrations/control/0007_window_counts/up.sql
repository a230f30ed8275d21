-- How often something happened in a window that ends at `ends_at`: letters to one address, sign-ups
-- from one network. Keys are keyed hashes.
CREATE TABLE control.window_counts (
    key     text CONSTRAINT pk_window_counts PRIMARY KEY,
    count   integer NOT NULL,
    ends_at timestamptz NOT NULL
);
CREATE INDEX ix_window_counts__ends_at ON control.window_counts (ends_at);
