CREATE TABLE "code_kind" (
	"code" text COLLATE "C" NOT NULL,
	"named" text COLLATE "C" NOT NULL,
	CONSTRAINT "code_kind_code_named_pk" PRIMARY KEY("code","named")
);
--> statement-breakpoint
CREATE TABLE "named_code" (
	"code" text COLLATE "C" PRIMARY KEY NOT NULL,
	"release" integer
);
--> statement-breakpoint
CREATE INDEX "code_kind_named" ON "code_kind" USING btree ("named");
--> statement-breakpoint
-- As before, and a code is met by its kinds, where terminology is loaded; in a deny also where it stands deeper in the record
-- than its own elements: such codes begin with a space (CONSENT: reading one Consent; R4 Consent.provision.code).
CREATE OR REPLACE FUNCTION meets(criterion jsonb, r_type text, r_id text, r_codes text[], r_refs text[], r_author text,
                      r_low timestamptz, r_high timestamptz, r_confidentiality smallint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(CASE criterion->>'kind'
    WHEN 'class' THEN criterion->'values' ? r_type
    WHEN 'code' THEN EXISTS (SELECT FROM unnest(r_codes) AS own(code) CROSS JOIN LATERAL (SELECT CASE WHEN left(own.code, 1) = ' ' THEN substr(own.code, 2) ELSE own.code END COLLATE "C" AS code) bare
      WHERE (left(own.code, 1) <> ' ' OR (criterion->>'anywhere')::boolean)
        AND (criterion->'values' ? bare.code OR EXISTS (SELECT FROM code_kind k WHERE k.code = bare.code AND criterion->'values' ? k.named)))
    WHEN 'period' THEN CASE WHEN (criterion->>'overlap')::boolean
      THEN r_high > coalesce((criterion->>'start')::timestamptz, '-infinity') AND r_low < coalesce((criterion->>'end')::timestamptz, 'infinity')
      ELSE r_low >= coalesce((criterion->>'start')::timestamptz, '-infinity') AND r_high <= coalesce((criterion->>'end')::timestamptz, 'infinity') END
    WHEN 'confidentiality' THEN r_confidentiality BETWEEN (criterion->>'least')::int AND (criterion->>'most')::int
    WHEN 'data' THEN CASE
      WHEN EXISTS (SELECT FROM jsonb_array_elements_text(criterion->'demanded') AS named(ref)
                   WHERE NOT EXISTS (SELECT FROM resource x WHERE x.type = split_part(ref, '/', 1) AND x.id = split_part(ref, '/', 2)
                     AND x.richer IS NULL AND NOT x.deleted)) THEN (criterion->>'otherwise')::boolean
      ELSE criterion->'instance' ? (r_type || '/' || r_id)
        OR criterion->'dependents' ?| r_refs
        OR criterion->'authoredby' ? r_author
        OR EXISTS (SELECT FROM jsonb_array_elements_text(criterion->'related') AS named(ref), resource x
                   WHERE x.type = split_part(ref, '/', 1) AND x.id = split_part(ref, '/', 2) AND NOT x.deleted
                     AND x.refs @> ARRAY[r_type || '/' || r_id]) END
    END, false)
$$;
--> statement-breakpoint
-- The codes that stand deeper in what is stored already. What is open is decided without codes. Half a surrogate pair, which
-- jsonb refuses, is in no code.
CREATE FUNCTION codes_within(stored text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  WITH own(content) AS (SELECT regexp_replace(stored, '(?<!\\)\\u[dD][89a-fA-F][0-9a-fA-F]{2}', '', 'g')::jsonb)
  SELECT array_agg(DISTINCT (one->>'system') || '|' || (one->>'code')) FROM own, LATERAL (
    SELECT jsonb_path_query(content, '$.**.code.coding[*]') UNION ALL SELECT jsonb_path_query(content, '$.**.type.coding[*]')
    UNION ALL SELECT jsonb_path_query(content, '$.**.medicationCodeableConcept.coding[*]')
    UNION ALL SELECT jsonb_path_query(content, '$.**.vaccineCode.coding[*]')
    UNION ALL SELECT jsonb_path_query(content, '$.**.valueCodeableConcept.coding[*]')
    UNION ALL SELECT jsonb_path_query(content, '$.**.valueCoding')) AS found(one)
  WHERE one->>'system' IS NOT NULL AND one->>'code' IS NOT NULL
$$;
--> statement-breakpoint
UPDATE resource SET codes = coalesce(codes, '{}') || ARRAY(SELECT ' ' || code FROM unnest(codes_within(content)) AS found(code) WHERE code <> ALL (coalesce(codes, '{}')))
  WHERE NOT open AND NOT deleted AND codes_within(content) IS NOT NULL;
--> statement-breakpoint
UPDATE history SET codes = coalesce(codes, '{}') || ARRAY(SELECT ' ' || code FROM unnest(codes_within(content)) AS found(code) WHERE code <> ALL (coalesce(codes, '{}')))
  WHERE NOT open AND NOT deleted AND codes_within(content) IS NOT NULL;
--> statement-breakpoint
DROP FUNCTION codes_within(text);
