-- What a dealership may send in a day, and where to. Whoever signs up by themselves begins low until an
-- operator lifts it; those that are here already keep room for what they do.
ALTER TABLE control.tenants
    ADD COLUMN texts_per_day integer NOT NULL DEFAULT 2000
        CONSTRAINT ck_tenants__texts_per_day CHECK (texts_per_day >= 0),
    ADD COLUMN mails_per_day integer NOT NULL DEFAULT 10000
        CONSTRAINT ck_tenants__mails_per_day CHECK (mails_per_day >= 0),
    -- ISO 3166-1 alpha-2.
    ADD COLUMN text_countries text[] NOT NULL DEFAULT '{US,CA}';
ALTER TABLE control.tenants
    ALTER COLUMN texts_per_day SET DEFAULT 50,
    ALTER COLUMN mails_per_day SET DEFAULT 200;

-- What a dealership sent on its last day of sending, in UTC: one row for each kind, begun anew each day.
CREATE TABLE control.daily_counts (
    tenant_id uuid NOT NULL CONSTRAINT fk_daily_counts__tenant_id REFERENCES control.tenants ON DELETE CASCADE,
    what      text NOT NULL,
    day       date NOT NULL,
    count     integer NOT NULL,
    CONSTRAINT pk_daily_counts PRIMARY KEY (tenant_id, what)
);

-- Takes `amount` of what the tenant of this transaction may still have today; NULL, or the limit that
-- would be passed. Two transactions of one tenant wait for each other here.
CREATE FUNCTION control.take_allowance(wanted text, amount integer)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    tenant uuid := control.current_tenant();
    today  date := (now() AT TIME ZONE 'UTC')::date;
    most   integer;
BEGIN
    SELECT CASE wanted WHEN 'texts' THEN t.texts_per_day WHEN 'mails' THEN t.mails_per_day END
    INTO most FROM control.tenants AS t WHERE t.id = tenant;
    IF most IS NULL OR amount < 1 THEN
        RAISE EXCEPTION 'there is no allowance of % %', amount, wanted USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF amount > most THEN
        RETURN most;
    END IF;
    INSERT INTO control.daily_counts AS c (tenant_id, what, day, count)
    VALUES (tenant, wanted, today, amount)
    ON CONFLICT (tenant_id, what) DO UPDATE
    SET day = excluded.day,
        count = excluded.count + CASE WHEN c.day = excluded.day THEN c.count ELSE 0 END
    WHERE c.day <> excluded.day OR c.count <= most - amount;
    RETURN CASE WHEN FOUND THEN NULL ELSE most END;
END
$$;
REVOKE ALL ON FUNCTION control.take_allowance FROM PUBLIC;

-- The countries that the tenant of this transaction may send texts to.
CREATE FUNCTION control.text_countries_of_current_tenant()
RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT t.text_countries FROM control.tenants AS t WHERE t.id = control.current_tenant()
$$;
REVOKE ALL ON FUNCTION control.text_countries_of_current_tenant FROM PUBLIC;
