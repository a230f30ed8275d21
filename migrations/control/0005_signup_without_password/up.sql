-- The password comes with the token of the mail, from the person who can read it. What came with a
-- sign-up was typed by someone who had proved nothing, so it is forgotten; a later release drops
-- the column.
ALTER TABLE control.signups ALTER COLUMN password_hash DROP NOT NULL;
UPDATE control.signups SET password_hash = NULL;
