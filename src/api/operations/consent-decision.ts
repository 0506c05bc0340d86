import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { coding, type Label } from '../../consent/labels.ts'
import { readPurpose } from '../../consent/purposes.ts'
import { type Answer, disclose, type Found } from '../../disclose.ts'
import { consult, type Consulted } from '../../exchange/preview/consult.ts'
import { isProgram } from '../../exchange/preview/recipients.ts'
import { canonical, system } from '../../fhir/names.ts'
import { invalid, refuse } from '../../problem.ts'
import type { Released } from '../../redact/released.ts'
import { findByKeys } from '../../search/find.ts'
import { fhirBase, type Services } from '../../services.ts'
import { type Connection, list } from '../../store/database.ts'
import { readCommonFacts, readPersons } from '../../store/facts.ts'
import type { Caller } from '../../authenticate/caller.ts'
import type { Permit } from '../../consent/permit.ts'
import { readBytes } from '../body.ts'
import type { Call } from './operation.ts'

/** Bytes of a request, at the most. */
const mostBytes = 64 * 1024

const identifier = z.object({ system: z.string().min(1), value: z.string().min(1) })
const several = z.union([identifier.transform((one) => [one]), z.array(identifier).min(1)])

/** A request of the hook `patient-consent-consult`, as decision services of others take it. */
const consultation = z.object({
  hook: z.literal('patient-consent-consult'),
  hookInstance: z.string().optional(),
  context: z.object({
    patientId: several,
    scope: z.string().optional(),
    actor: several,
    purposeOfUse: z.string().optional(),
  }),
})

/**
 * `$consent-decision`, a plain decision service in the shape of the hook `patient-consent-consult`: whether a custodian may
 * disclose a patient's records to somebody, and what must be redacted. For the custodian's own systems.
 */
export const consentDecision = async (call: Call): Promise<Released<Answer>> => {
  const { services, caller, request, raw } = call
  const { context } = await readConsultation(raw)
  const purpose = readPurpose(context.purposeOfUse ?? 'TREAT')
  if (purpose === undefined)
    return invalid('`purposeOfUse` is a code of v3-ActReason', 'context.purposeOfUse', 'value')
  return disclose(services, caller, {
    interaction: 'consent-decision',
    request,
    needs: [{ type: 'Consent', access: 'r' }],
    find: async (connection, _grant, permit): Promise<Found> => {
      requireCustodian(caller)
      const patient = await findOwn(connection, permit, caller, context.patientId)
      const organization = await findActor(connection, context.actor)
      const common = await readCommonFacts(connection)
      const [state] =
        patient === undefined ? [] : await readPersons(connection, common, [patient.person ?? -1])
      const custodian = `Organization/${common.byKey.get(caller.organizationKey)?.id ?? ''}`
      const consulted =
        state === undefined || organization === undefined || isProgram(organization, common)
          ? undefined
          : consult(state, { organization, purpose }, custodian, permit.moment)
      return { rows: patient === undefined ? [] : [patient], answer: () => cards(services, consulted) }
    },
  })
}

const readConsultation = async (raw: Request): Promise<z.infer<typeof consultation>> => {
  const text = new TextDecoder().decode(await readBytes(raw, mostBytes))
  const parsed = consultation.safeParse(parse(text))
  if (parsed.success) return parsed.data
  const [first] = parsed.error.issues
  return invalid(
    'the body is a request of the hook `patient-consent-consult`: `hook`, and a `context` with `patientId`, `actor` and `purposeOfUse`',
    first?.path.join('.') ?? 'hook',
    'structure',
  )
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const requireCustodian = ({ asked, organizationKey, homeKey }: Caller): void => {
  if (asked.user !== undefined || asked.patient !== undefined || organizationKey !== homeKey)
    refuse({
      kind: 'forbidden',
      text: "decisions are given to the custodian's own systems, about the records that it holds",
    })
}

type Named = readonly z.infer<typeof identifier>[]

/** The caller's own Patient with such an identifier. */
const findOwn = async (connection: Connection, permit: Permit, { organizationKey }: Caller, named: Named) => {
  for (const { system: from, value } of named) {
    const rows = await connection.query<{ id: string }>(
      sql`SELECT id FROM resource WHERE type = 'Patient' AND custodian = ${organizationKey} AND NOT deleted AND richer IS NULL
        AND (tokens @> ${list([`identifier=${from}|${value}`], 'text')} OR (${from} = 'Patient' AND id = ${value})) LIMIT 2`,
    )
    if (rows.length === 1) return (await findByKeys(connection, permit, [`Patient/${rows[0]?.id ?? ''}`]))[0]
  }
  return undefined
}

/** The organization that an identifier names: by an identifier of its own, or by its id under `Organization`. */
const findActor = async (connection: Connection, named: Named): Promise<string | undefined> => {
  for (const { system: from, value } of named) {
    const [row] = await connection.query<{ id: string }>(
      sql`SELECT o.id FROM organization o LEFT JOIN resource r ON r.type = 'Organization' AND r.id = o.id AND NOT r.deleted
        WHERE r.tokens @> ${list([`identifier=${from}|${value}`], 'text')} OR (${from} = 'Organization' AND o.id = ${value}) LIMIT 1`,
    )
    if (row !== undefined) return `Organization/${row.id}`
  }
  return undefined
}

const indicators = { CONSENT_PERMIT: 'info', CONSENT_DENY: 'critical', NO_CONSENT: 'warning' } as const

/** The one card of the answer (CDS Hooks, card attributes). */
const cards = (services: Services, consulted: Consulted | undefined): Answer => {
  const { decision, redacted, basedOn, isSpecific } = consulted ?? none
  const card = {
    summary: decision,
    detail: detailOf(decision, isSpecific),
    indicator: indicators[decision],
    source: { label: 'Sluice', url: fhirBase(services) },
    extension: {
      decision,
      ...(decision === 'CONSENT_PERMIT' && redacted.length > 0
        ? {
            obligations: [
              { id: { system: system.actCode, code: 'REDACT' }, parameters: { codes: redacted.map(code) } },
            ],
          }
        : {}),
      basedOn,
      isSpecific,
    },
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ cards: [card] }),
  }
}

const none: Consulted = { decision: 'NO_CONSENT', redacted: [], isSpecific: false, basedOn: [] }

const code = (label: Label) => coding(label) ?? { system: `${canonical}/CodeSystem/label`, code: label }

const detailOf = (decision: Consulted['decision'], isSpecific: boolean): string => {
  if (decision === 'NO_CONSENT') return 'no consent applies and no rule permits it: disclose nothing'
  if (decision === 'CONSENT_DENY') return 'a consent denies it, or permits nothing: disclose nothing'
  return isSpecific
    ? 'records may go but for the labels to redact, and some provisions look at the single record: ask `$why` of each'
    : 'records may go but for the labels to redact'
}
