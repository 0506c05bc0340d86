import { movableClock } from '../../../src/admin/administered.ts'
import { readSettings } from '../../../src/settings.ts'
import { type Ran, run } from '../../admin/desk.ts'
import type { World } from '../world.ts'

const keys = {
  read: async () => undefined,
  write: async () => undefined,
  clear: async () => undefined,
}

/** Runs a command of the custodian's officer, with a file where it reads one. */
export const command = (world: World, typed: readonly string[], file?: unknown): Promise<Ran> =>
  run(
    {
      services: world.services,
      settings: readSettings({ SLUICE_LOG: 'false' }),
      clock: movableClock(0),
      keys,
    },
    typed,
    file === undefined ? {} : { 'x.json': file },
  )

/** Opens an exception; returns its id. */
export const add = async (world: World, file: object): Promise<string> =>
  ((await command(world, ['exception', 'add', '--file', 'x.json'], file)).json as { id: string }).id

const scope = { description: 'what the order names' }

/** A court order with its compulsion, for what the program holds of Nora. */
export const courtOrder = {
  kind: 'court-order',
  organization: 'Organization/holder',
  custodian: 'Organization/recovery',
  patient: 'Patient/nora',
  by: 'P. Officer',
  court: 'Circuit Court',
  docket: '26-CV-1001',
  date: '2026-06-01',
  order: 'authorizes the disclosure of treatment records',
  compulsion: 'subpoena duces tecum of 2026-06-02',
  scope,
  end: '2026-06-30',
}

const attested = {
  custodian: 'Organization/clinic',
  by: 'P. Officer',
  attestation: 'will keep to 42 CFR 2.16 and destroy what is not needed',
  attestedBy: 'A. Auditor',
  noOnwardIdentification: 'no patient will be identified to anybody else',
  scope,
  end: '2026-06-30',
}

export const audit = { ...attested, kind: 'audit', organization: 'Organization/health' }

export const research = { ...attested, kind: 'research', organization: 'Organization/hie' }
