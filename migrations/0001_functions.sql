-- A cut is shown where every label of its mask is allowed and no richer cut of the same resource is.
-- At most eight richer cuts (src/consent/cuts.ts keeps to seven, and a program's own moves are one more), so that the
-- planner can inline this.
CREATE FUNCTION covers(mask bigint, richer bigint[], allowed bigint) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (mask & ~allowed) = 0
     AND (richer IS NULL
       OR (richer[1] & ~allowed) <> 0
      AND (richer[2] IS NULL OR (richer[2] & ~allowed) <> 0
      AND (richer[3] IS NULL OR (richer[3] & ~allowed) <> 0
      AND (richer[4] IS NULL OR (richer[4] & ~allowed) <> 0
      AND (richer[5] IS NULL OR (richer[5] & ~allowed) <> 0
      AND (richer[6] IS NULL OR (richer[6] & ~allowed) <> 0
      AND (richer[7] IS NULL OR (richer[7] & ~allowed) <> 0
      AND (richer[8] IS NULL OR (richer[8] & ~allowed) <> 0))))))))
$$;
--> statement-breakpoint
-- One criterion of a provision against one record (Consent.provision: class, code, dataPeriod, data, securityLabel).
CREATE FUNCTION meets(criterion jsonb, r_type text, r_id text, r_codes text[], r_refs text[], r_author text,
                      r_low timestamptz, r_high timestamptz, r_confidentiality smallint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(CASE criterion->>'kind'
    WHEN 'class' THEN criterion->'values' ? r_type
    WHEN 'code' THEN criterion->'values' ?| coalesce(r_codes, '{}')
    WHEN 'period' THEN CASE WHEN (criterion->>'overlap')::boolean
      THEN r_high > coalesce((criterion->>'start')::timestamptz, '-infinity') AND r_low < coalesce((criterion->>'end')::timestamptz, 'infinity')
      ELSE r_low >= coalesce((criterion->>'start')::timestamptz, '-infinity') AND r_high <= coalesce((criterion->>'end')::timestamptz, 'infinity') END
    WHEN 'confidentiality' THEN r_confidentiality BETWEEN (criterion->>'least')::int AND (criterion->>'most')::int
    WHEN 'data' THEN criterion->'instance' ? (r_type || '/' || r_id)
      OR criterion->'dependents' ?| r_refs
      OR criterion->'authoredby' ? r_author
      OR EXISTS (SELECT FROM jsonb_array_elements_text(criterion->'related') AS named(ref), resource x
                 WHERE x.type = split_part(ref, '/', 1) AND x.id = split_part(ref, '/', 2) AND NOT x.deleted
                   AND x.refs @> ARRAY[r_type || '/' || r_id])
    END, false)
$$;
--> statement-breakpoint
-- The labels that the record-specific provisions of a person's consents allow and veto for one record:
-- per consent and label the deepest matching provision is the word, among equals deny (CONSENT: reading one Consent).
CREATE FUNCTION words_on(p_audience int, p_person int, p_custodian int, p_moment timestamptz, p_ordinary bigint,
                         r_type text, r_id text, r_codes text[], r_refs text[], r_author text,
                         r_low timestamptz, r_high timestamptz, r_confidentiality smallint) RETURNS bigint[] LANGUAGE sql STABLE AS $$
  WITH matching AS (
    SELECT u.consent, u.depth, u.permits, u.vetoes, u.mask FROM rule u
    WHERE u.audience = p_audience AND u.person = p_person AND u.custodian = p_custodian AND u.valid @> p_moment
      AND NOT EXISTS (SELECT FROM jsonb_array_elements(u.criteria) AS criterion(value)
                      WHERE NOT meets(value, r_type, r_id, r_codes, r_refs, r_author, r_low, r_high, r_confidentiality))
  ), word AS (
    SELECT m.permits, m.vetoes, m.mask & ~coalesce((SELECT bit_or(d.mask) FROM matching d WHERE d.consent = m.consent
      AND (d.depth > m.depth OR d.depth = m.depth AND m.permits AND NOT d.permits)), 0) AS mask
    FROM matching m
  ), verdict AS (
    SELECT coalesce(bit_or(mask) FILTER (WHERE permits), 0) AS permitted, coalesce(bit_or(mask) FILTER (WHERE vetoes), 0) AS vetoed FROM word
  )
  SELECT ARRAY[(p_ordinary | permitted) & ~vetoed, vetoed] FROM verdict
$$;
