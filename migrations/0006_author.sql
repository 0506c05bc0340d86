-- An author reads own notes only within the need to know: on the care team of the patient, or as an officer.

-- The labels that a caller may have on a row (CONSENT: who holds what; several consents, one record).
CREATE OR REPLACE FUNCTION allowed_on(q_audience int, q_moment timestamptz, q_own int, q_organization int, q_home int, q_system boolean, q_user text,
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
  -- Of a note it takes more than to have written it: its author reads it as one who treats the patient.
  IF coalesce(own.ordinary, 0) <> 0 AND r_custodian = q_home AND r_author = q_user THEN allowed := allowed | q_notes; END IF;
  RETURN allowed;
END $$;
