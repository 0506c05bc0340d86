import { sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import defaults from '../../mappings/default-table.json' with { type: 'json' }
import { accept } from '../../src/accept.ts'
import { createServices } from '../../src/create-services.ts'
import { assertionType } from '../../src/smart/assertion.ts'
import { tokenUrl } from '../../src/smart/addresses.ts'
import { upsertClient } from '../../src/smart/clients.ts'
import type { Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { ensureAudience } from '../../src/store/permits.ts'

export const publicUrl = 'https://gateway.example'

const subject = { reference: 'Patient/ada' }

const icd10 = (code: string) => ({ coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code }] })

const records: readonly FhirResource[] = [
  {
    resourceType: 'Patient',
    id: 'ada',
    birthDate: '1990-01-01',
    name: [{ family: 'Quill', given: ['Ada'] }],
  },
  { resourceType: 'Condition', id: 'sprain', subject, code: icd10('S93.401A') },
  { resourceType: 'Condition', id: 'alcohol', subject, code: icd10('F10.20') },
]

/** A clinic with one patient, and a hospital that knows her, with a key of its own; no consent at all. */
export const seed = async (database: Database) => {
  await migrate(database, new URL('../../migrations/', import.meta.url))
  const settings = { publicUrl, production: false, log: false, clock: undefined, mllpPort: 0 }
  const services = createServices({ settings, database })
  for (const row of defaults.rows)
    await database.query(sql`INSERT INTO default_row (label, class, purpose, state, effect, citation)
      VALUES (${row.label}, ${row.class}, ${row.purpose}, ${row.state}, ${row.effect}, ${row.citation})`)
  const [clinic] = await database.query<{
    key: number
  }>(sql`INSERT INTO organization (id, name, class) VALUES ('clinic', 'Clinic', 'covered-entity'),
    ('hospital', 'Hospital', 'covered-entity') RETURNING key`)
  const organization = 'Organization/clinic'
  const asked = { organization, purpose: 'TREAT' }
  const caller = {
    client: 'import',
    organization,
    organizationKey: clinic?.key ?? 0,
    homeKey: clinic?.key ?? 0,
    asked,
    audience: await database.transaction((connection) => ensureAudience(connection, asked)),
    scope: 'system/*.cruds',
    roles: [],
    prefix: undefined,
  }
  await accept(
    services,
    { interaction: 'import', request: 'seed', caller, imports: 'trusted' },
    records.map((resource) => ({
      method: 'update',
      type: resource.resourceType,
      id: resource.id ?? '',
      resource,
    })),
  )
  await database.query(sql`INSERT INTO member (id, practitioner, organization, role)
    VALUES ('reyes', 'Practitioner/reyes', 'Organization/clinic', 'clinician')`)
  await database.query(sql`INSERT INTO crosswalk (organization, person, patient)
    SELECT o.key, r.person, 'Patient/ada' FROM organization o, resource r
    WHERE o.id = 'hospital' AND r.type = 'Patient' AND r.id = 'ada' LIMIT 1`)
  const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true })
  await upsertClient(database, {
    id: 'hospital',
    organization: 'Organization/hospital',
    kind: 'jwks',
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'one' }] },
    scope: 'system/*.rs',
    purposes: ['TREAT'],
    redirects: [],
    roles: [],
  })
  return { privateKey }
}

export type SigningKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey']

/** The form with which the hospital asks for a token (SMART App Launch 2.2, backend services). */
export const tokenForm = async (privateKey: SigningKey): Promise<URLSearchParams> =>
  new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: assertionType,
    client_assertion: await new SignJWT({
      iss: 'hospital',
      sub: 'hospital',
      aud: tokenUrl(publicUrl),
      exp: Math.floor(Date.now() / 1000) + 240,
      jti: crypto.randomUUID(),
    })
      .setProtectedHeader({ alg: 'ES384', kid: 'one', typ: 'JWT' })
      .sign(privateKey),
  })
