-- What a lead says itself beside the records it is linked to, and folded text to search in.
-- Rules: ../README.md, docs/decisions/0025-folded-search.md

-- ---------------------------------------------------------------- the lead's own words

-- The vehicle as the lead named it. The record is the dealership's and may say something else.
ALTER TABLE lead_vehicles ADD COLUMN stated jsonb NOT NULL DEFAULT '{}';

-- Names are stored composed (NFC), so that the same name is the same bytes.
UPDATE customers
    SET full_name = normalize(full_name, NFC), first_name = normalize(first_name, NFC),
        last_name = normalize(last_name, NFC)
    WHERE full_name IS NOT NFC NORMALIZED OR first_name IS NOT NFC NORMALIZED
        OR last_name IS NOT NFC NORMALIZED;

-- ---------------------------------------------------------------- search

-- Text as it is searched: without case, accents and the many kinds of apostrophes and hyphens.
-- Both the stored text and what is searched for go through it. Only built-in functions: there is
-- no `unaccent` and no ICU everywhere.
CREATE FUNCTION fold_text(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN replace(replace(replace(replace(replace(
    translate(
        lower(regexp_replace(normalize(value, NFKD), U&'[\0300-\036F]', '', 'g')),
        U&'\2018\2019\201B\02BC\02B9\2032\0060\2010\2012\2013\2014\2015\2212\00D8\00F8\0110\0111\00D0\00F0\0141\0142\0131'
            '\0126\0127\00C6\0152\00DE\0391\0392\0393\0394\0395\0396\0397\0398\0399\039A\039B\039C\039D\039E\039F\03A0\03A1'
            '\03A3\03A4\03A5\03A6\03A7\03A8\03A9\03C2\0410\0411\0412\0413\0414\0415\0416\0417\0418\0419\041A\041B\041C\041D'
            '\041E\041F\0420\0421\0422\0423\0424\0425\0426\0427\0428\0429\042A\042B\042C\042D\042E\042F\0400\0401\0402\0403'
            '\0404\0405\0406\0407\0408\0409\040A\040B\040C\040D\040E\040F',
        U&'''''''''''''''------ooddddlli'
            'hh\00E6\0153\00FE\03B1\03B2\03B3\03B4\03B5\03B6\03B7\03B8\03B9\03BA\03BB\03BC\03BD\03BE\03BF\03C0\03C1'
            '\03C3\03C4\03C5\03C6\03C7\03C8\03C9\03C3\0430\0431\0432\0433\0434\0435\0436\0437\0438\0439\043A\043B\043C\043D'
            '\043E\043F\0440\0441\0442\0443\0444\0445\0446\0447\0448\0449\044A\044B\044C\044D\044E\044F\0450\0451\0452\0453'
            '\0454\0455\0456\0457\0458\0459\045A\045B\045C\045D\045E\045F'),
    U&'\00DF', 'ss'), U&'\1E9E', 'ss'), U&'\00E6', 'ae'), U&'\0153', 'oe'), U&'\00FE', 'th');

-- The same without spaces and punctuation, so that `F150` finds `F-150` and `ONeil` finds `O'Neil`.
CREATE FUNCTION squash_text(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(value, ' ''-._/()+,&', '');

CREATE FUNCTION search_text(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN fold_text(value) || U&'\000A' || squash_text(fold_text(value));

-- What a search looks for in such text. Without its punctuation where that is a name's or a
-- number's; of an address, with it.
CREATE FUNCTION search_key(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN fold_text(value) ~ '^[[:alnum:]\s''._/()+,&-]+$' AND squash_text(fold_text(value)) <> ''
        THEN squash_text(fold_text(value))
    ELSE fold_text(value)
END;

-- Every three characters in a row, by which text is found that has a part in its midst.
CREATE FUNCTION search_grams(value text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT coalesce(array_agg(DISTINCT substr(value, at, 3)), '{}')
    FROM generate_series(1, length(value) - 2) AS at);

ALTER TABLE customers ADD COLUMN search_text text GENERATED ALWAYS AS (
    search_text(full_name || U&'\000A' || coalesce(first_name, '') || ' ' || coalesce(last_name, '')
        || U&'\000A' || coalesce(email, '') || U&'\000A' || coalesce(phone, ''))
) STORED;
CREATE INDEX ix_customers__search_text ON customers USING gin (search_grams(search_text))
    WITH (gin_pending_list_limit = 512);

ALTER TABLE vehicles ADD COLUMN search_text text GENERATED ALWAYS AS (
    search_text(coalesce(year::text, '') || ' ' || coalesce(make, '') || ' ' || coalesce(model, '')
        || ' ' || coalesce(trim, '') || U&'\000A' || coalesce(stock_number, '') || U&'\000A' || coalesce(vin, ''))
) STORED;
CREATE INDEX ix_vehicles__search_text ON vehicles USING gin (search_grams(search_text))
    WITH (gin_pending_list_limit = 512);

ALTER TABLE lead_vehicles ADD COLUMN search_text text GENERATED ALWAYS AS (
    search_text(coalesce(stated ->> 'label', '') || U&'\000A' || coalesce(stated ->> 'stock_number', '')
        || U&'\000A' || coalesce(stated ->> 'vin', ''))
) STORED;
CREATE INDEX ix_lead_vehicles__search_text ON lead_vehicles USING gin (search_grams(search_text))
    WITH (gin_pending_list_limit = 512);

-- The words of runs are folded from now on; those that are there already get their folded form
-- besides, so that a process of the version before still finds them.
UPDATE execution_search AS s
    SET words = s.words || array_to_tsvector(folded.words)
    FROM (
        SELECT execution_id, array_agg(DISTINCT piece) AS words
        FROM execution_search
        CROSS JOIN LATERAL unnest(tsvector_to_array(words)) AS word
        CROSS JOIN LATERAL regexp_split_to_table(fold_text(word), '[^[:alnum:]]+') AS piece
        WHERE words::text ~ '[^ -~]' AND word ~ '[^ -~]' AND length(piece) BETWEEN 2 AND 64
        GROUP BY execution_id
    ) AS folded
    WHERE folded.execution_id = s.execution_id;
