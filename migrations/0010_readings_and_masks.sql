-- By which reading of Consents a directive was compiled; another release or another table of elements compiles it again.
ALTER TABLE "directive" ADD COLUMN "reading" text;
--> statement-breakpoint
CREATE TABLE "chart_mask" (
	"person" integer NOT NULL,
	"custodian" integer NOT NULL,
	"mask" bigint NOT NULL,
	CONSTRAINT "chart_mask_person_custodian_mask_pk" PRIMARY KEY("person","custodian","mask")
);
--> statement-breakpoint
INSERT INTO "chart_mask" SELECT DISTINCT person, custodian, mask FROM resource WHERE person IS NOT NULL AND type <> 'Patient' AND NOT open;
--> statement-breakpoint
CREATE INDEX "resource_held" ON "resource" USING btree ("person","custodian") WHERE held;
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
--> statement-breakpoint
-- As before, and it takes no longer the more is hidden: whether any record could be visible is first told by the few sets of
-- labels that there are (`chart_mask`), so that a Patient that is hidden takes no longer than one that does not exist.
CREATE OR REPLACE FUNCTION released_on(q_audience int, q_moment timestamptz, q_own int, q_organization int, q_home int, q_system boolean, q_user text,
    q_every bigint, q_mine bigint, q_inside bigint, q_notes bigint, r_mask bigint, allowed bigint,
    r_id text, r_person int, r_custodian int, r_author text, r_codes text[], r_refs text[], r_low timestamptz, r_high timestamptz, r_confidentiality smallint)
  RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
  vetoed bigint := 0;
  most bigint := 0;
  own permit%ROWTYPE;
  received boolean := false;
BEGIN
  IF (r_mask & ~allowed) = 0 THEN RETURN false; END IF;
  SELECT * INTO own FROM permit p WHERE p.audience = q_audience AND p.person = r_person AND p.custodian = r_custodian AND p.valid @> q_moment;
  IF own.specific THEN
    vetoed := (words_on(q_audience, r_person, r_custodian, q_moment, own.ordinary, 'Patient', r_id, r_codes, r_refs, r_author, r_low, r_high, r_confidentiality))[2];
    most := own.allowed | own.ordinary | coalesce((SELECT bit_or(u.mask) FROM rule u WHERE u.audience = q_audience AND u.person = r_person
      AND u.custodian = r_custodian AND u.permits AND u.valid @> q_moment), 0);
  ELSE
    vetoed := coalesce(own.vetoed, 0);
    most := coalesce(own.allowed, 0);
  END IF;
  IF (r_mask & vetoed) <> 0 THEN RETURN false; END IF;
  IF coalesce(own.ordinary, 0) <> 0 AND r_custodian = q_home AND q_user <> '' THEN most := most | q_notes; END IF;
  IF r_custodian = q_own THEN most := q_mine; END IF;
  IF q_system THEN
    received := EXISTS (SELECT FROM resource o WHERE o.person = r_person AND o.custodian = r_custodian AND o.held);
  END IF;
  IF NOT received AND NOT EXISTS (SELECT FROM chart_mask c WHERE c.person = r_person AND c.custodian = r_custodian AND (c.mask & ~most) = 0)
    THEN RETURN false; END IF;
  IF EXISTS (SELECT FROM resource q WHERE q.type = 'Patient' AND q.id = r_id AND q.mask <> r_mask AND (q.mask & ~r_mask) = 0) THEN RETURN false; END IF;
  RETURN EXISTS (SELECT FROM resource o WHERE o.person = r_person AND o.custodian = r_custodian AND o.type <> 'Patient' AND NOT o.deleted
    AND (o.held OR (o.mask & ~most) = 0) AND (o.mask & 18014398509481984) = 0
    AND visible_on(o.mask, o.richer, allowed_on(q_audience, q_moment, q_own, q_organization, q_home, q_system, q_user, q_every, q_mine, q_inside, q_notes,
      o.type, o.id, o.open, o.held, o.person, o.others, o.custodian, o.submitter, o.author, o.codes, o.refs,
      coalesce(o.low, o.updated), coalesce(o.high, o.updated), o.confidentiality)));
END $$;
