-- By which reading of Consents a directive was compiled; another release or another table of elements compiles it again.
ALTER TABLE "directive" ADD COLUMN "reading" text;
--> statement-breakpoint
-- As before; and `data` about records of which one is not there is answered by what such a criterion means: it voids a
-- permit and matches in a deny (CONSENT: reading one Consent).
CREATE OR REPLACE FUNCTION meets(criterion jsonb, r_type text, r_id text, r_codes text[], r_refs text[], r_author text,
                      r_low timestamptz, r_high timestamptz, r_confidentiality smallint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(CASE criterion->>'kind'
    WHEN 'class' THEN criterion->'values' ? r_type
    WHEN 'code' THEN criterion->'values' ?| coalesce(r_codes, '{}')
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
