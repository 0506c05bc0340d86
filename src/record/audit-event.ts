import type { AuditEvent } from 'fhir/r4'
import { system } from '../fhir/names.ts'

/** A stored row of the trail. */
export interface AuditRow {
  readonly id: string
  readonly at: Date
  readonly request: string
  readonly interaction: string
  readonly outcome: string
  readonly client: string
  readonly organization: string
  readonly purpose: string
  readonly custodians: readonly number[] | null
  readonly persons: readonly number[] | null
  readonly detail: {
    readonly user?: string
    readonly patient?: string
    readonly status?: number
    readonly resources?: readonly (readonly [
      reference: string,
      version: string,
      basis?: string,
      person?: number | null,
      custodian?: number,
    ])[]
  }
}

const actions: Readonly<Record<string, AuditEvent['action']>> = {
  create: 'C',
  transaction: 'C',
  import: 'C',
  update: 'U',
  delete: 'D',
  read: 'R',
  vread: 'R',
  'history-instance': 'R',
  'history-type': 'R',
  'history-system': 'R',
}

const good = ['disclosed', 'written', 'done']

const dicom = 'http://dicom.nema.org/resources/ontology/DCM'

const authentication = { system: dicom, code: '110114', display: 'User Authentication' }

/** Signing in is no interaction of FHIR: it has codes of DICOM (PS3.15 A.5). */
const signIns: Readonly<Record<string, Pick<AuditEvent, 'type' | 'subtype'>>> = {
  'sign-in': { type: authentication, subtype: [{ system: dicom, code: '110122', display: 'Login' }] },
  'sign-out': { type: authentication, subtype: [{ system: dicom, code: '110123', display: 'Logout' }] },
  'sign-in-change': {
    type: { system: dicom, code: '110113', display: 'Security Alert' },
    subtype: [{ system: dicom, code: '110137', display: 'User Security Attributes Changed' }],
  },
}

const kindOf = (interaction: string): Pick<AuditEvent, 'type' | 'subtype'> =>
  signIns[interaction] ?? {
    type: {
      system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
      code: 'rest',
      display: 'RESTful Operation',
    },
    subtype: [{ system: 'http://hl7.org/fhir/restful-interaction', code: interaction }],
  }

/** One row of the trail as a FHIR AuditEvent (IHE BALP), with the records in it that concern its reader. */
export const auditEvent = (row: AuditRow, base: string): AuditEvent => ({
  resourceType: 'AuditEvent',
  id: row.id,
  ...kindOf(row.interaction),
  action: actions[row.interaction] ?? 'E',
  recorded: new Date(row.at).toISOString(),
  outcome: good.includes(row.outcome) ? '0' : '4',
  outcomeDesc: row.outcome,
  ...(signIns[row.interaction] === undefined
    ? { purposeOfEvent: [{ coding: [{ system: system.actReason, code: row.purpose }] }] }
    : {}),
  agent: [
    { requestor: true, who: { identifier: { value: row.client }, display: row.client } },
    { requestor: false, who: { reference: row.organization } },
    ...(row.detail.user === undefined ? [] : [{ requestor: false, who: { reference: row.detail.user } }]),
    ...(row.detail.patient === undefined
      ? []
      : [{ requestor: false, who: { reference: row.detail.patient } }]),
  ],
  source: { observer: { display: 'Sluice', identifier: { value: base } } },
  entity: [
    {
      what: { identifier: { value: row.request } },
      type: {
        system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
        code: 'XrequestId',
      },
    },
    ...(row.detail.resources ?? []).map(([reference, , basis]) => ({
      what: { reference },
      ...(basis === undefined || typeof basis !== 'string' ? {} : { description: basis }),
    })),
  ],
})
