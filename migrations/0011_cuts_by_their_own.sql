-- A cut is left out where a richer one is shown, and that a rule about single records tells of each cut by itself: its level,
-- its codes and what it cites need not be those of the poorer one (CONSENT: reading one Consent).
CREATE FUNCTION part_shown(q_audience int, q_moment timestamptz, q_own int, q_organization int, q_home int, q_system boolean, q_user text,
    q_every bigint, q_mine bigint, q_inside bigint, q_notes bigint,
    r_type text, r_id text, r_mask bigint, r_richer bigint[], allowed bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
  rich bigint;
  shown boolean;
BEGIN
  IF (r_mask & ~allowed) <> 0 THEN RETURN false; END IF;
  FOREACH rich IN ARRAY r_richer LOOP
    SELECT (x.mask & ~allowed_on(q_audience, q_moment, q_own, q_organization, q_home, q_system, q_user, q_every, q_mine, q_inside, q_notes,
        x.type, x.id, x.open, x.held, x.person, x.others, x.custodian, x.submitter, x.author, x.codes, x.refs,
        coalesce(x.low, x.updated), coalesce(x.high, x.updated), x.confidentiality)) = 0
      INTO shown FROM resource x WHERE x.type = r_type AND x.id = r_id AND x.mask = rich;
    IF coalesce(shown, (rich & ~allowed) = 0) THEN RETURN false; END IF;
  END LOOP;
  RETURN true;
END $$;
--> statement-breakpoint
-- As before; where a cut is covered, it or a richer one is visible, so that nothing more is asked.
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
    AND (o.mask & ~allowed_on(q_audience, q_moment, q_own, q_organization, q_home, q_system, q_user, q_every, q_mine, q_inside, q_notes,
      o.type, o.id, o.open, o.held, o.person, o.others, o.custodian, o.submitter, o.author, o.codes, o.refs,
      coalesce(o.low, o.updated), coalesce(o.high, o.updated), o.confidentiality)) = 0);
END $$;
