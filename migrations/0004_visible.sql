-- What permit.ts asks of a row that is not the common one, planned once per session and not with every statement: a
-- statement is started with all that its text names, and most rows need none of it.

-- The labels that a caller may have on a row (CONSENT: who holds what; several consents, one record).
CREATE FUNCTION allowed_on(q_audience int, q_moment timestamptz, q_own int, q_organization int, q_home int, q_system boolean, q_user text,
    q_every bigint, q_mine bigint, q_inside bigint, q_notes bigint,
    r_type text, r_id text, r_open boolean, r_held boolean, r_person int, r_others int[], r_custodian int, r_submitter int, r_author text,
    r_codes text[], r_refs text[], r_low timestamptz, r_high timestamptz, r_confidentiality smallint)
  RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  allowed bigint := 0;
  own permit%ROWTYPE;
BEGIN
  IF r_open THEN RETURN q_every; END IF;
  IF r_custodian = q_own THEN RETURN q_mine; END IF;
  IF r_person IS NULL THEN
    RETURN CASE WHEN r_submitter = q_organization AND q_system THEN q_inside ELSE 0 END;
  END IF;
  SELECT * INTO own FROM permit p WHERE p.audience = q_audience AND p.person = r_person AND p.custodian = r_custodian AND p.valid @> q_moment;
  IF own.specific THEN
    allowed := (words_on(q_audience, r_person, r_custodian, q_moment, own.ordinary, r_type, r_id, r_codes, r_refs, r_author, r_low, r_high, r_confidentiality))[1];
  ELSE
    allowed := coalesce(own.allowed, 0);
  END IF;
  IF r_others IS NOT NULL THEN
    allowed := allowed & (SELECT coalesce(bit_and(coalesce((SELECT p.allowed FROM permit p WHERE p.audience = q_audience AND p.person = o
      AND p.custodian = r_custodian AND p.valid @> q_moment AND NOT p.specific), 0)), 0) FROM unnest(r_others) o);
  END IF;
  IF r_held AND q_system THEN
    allowed := allowed | coalesce((SELECT h.allowed FROM holding h WHERE h.type = r_type AND h.id = r_id AND h.organization = q_organization), 0);
  END IF;
  IF r_custodian = q_home AND r_author = q_user THEN allowed := allowed | q_notes; END IF;
  RETURN allowed;
END $$;
--> statement-breakpoint
-- Whether a row is the cut that the caller gets: all of its labels are allowed, and those of no richer cut.
CREATE FUNCTION visible_on(r_mask bigint, r_richer bigint[], allowed bigint) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  rich bigint;
BEGIN
  IF (r_mask & ~allowed) <> 0 THEN RETURN false; END IF;
  IF r_richer IS NULL THEN RETURN true; END IF;
  FOREACH rich IN ARRAY r_richer LOOP
    IF (rich & ~allowed) = 0 THEN RETURN false; END IF;
  END LOOP;
  RETURN true;
END $$;
--> statement-breakpoint
-- A permit that reaches any record of a custodian also releases that custodian's Patient, unless one vetoes it
-- (CONSENT: who holds what): asked of a Patient that is not visible by its own labels, of its poorest cut.
CREATE FUNCTION released_on(q_audience int, q_moment timestamptz, q_own int, q_organization int, q_home int, q_system boolean, q_user text,
    q_every bigint, q_mine bigint, q_inside bigint, q_notes bigint, r_mask bigint, allowed bigint,
    r_id text, r_person int, r_custodian int, r_author text, r_codes text[], r_refs text[], r_low timestamptz, r_high timestamptz, r_confidentiality smallint)
  RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
  vetoed bigint := 0;
  own permit%ROWTYPE;
BEGIN
  IF (r_mask & ~allowed) = 0 THEN RETURN false; END IF;
  SELECT * INTO own FROM permit p WHERE p.audience = q_audience AND p.person = r_person AND p.custodian = r_custodian AND p.valid @> q_moment;
  IF own.specific THEN
    vetoed := (words_on(q_audience, r_person, r_custodian, q_moment, own.ordinary, 'Patient', r_id, r_codes, r_refs, r_author, r_low, r_high, r_confidentiality))[2];
  ELSE
    vetoed := coalesce(own.vetoed, 0);
  END IF;
  IF (r_mask & vetoed) <> 0 THEN RETURN false; END IF;
  IF EXISTS (SELECT FROM resource q WHERE q.type = 'Patient' AND q.id = r_id AND q.mask <> r_mask AND (q.mask & ~r_mask) = 0) THEN RETURN false; END IF;
  RETURN EXISTS (SELECT FROM resource o WHERE o.person = r_person AND o.custodian = r_custodian AND o.type <> 'Patient' AND NOT o.deleted
    AND visible_on(o.mask, o.richer, allowed_on(q_audience, q_moment, q_own, q_organization, q_home, q_system, q_user, q_every, q_mine, q_inside, q_notes,
      o.type, o.id, o.open, o.held, o.person, o.others, o.custodian, o.submitter, o.author, o.codes, o.refs,
      coalesce(o.low, o.updated), coalesce(o.high, o.updated), o.confidentiality)));
END $$;
