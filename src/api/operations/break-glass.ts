import { accept } from '../../accept.ts'
import { type Answer, disclose } from '../../disclose.ts'
import { openEmergency } from '../../exchange/emergency.ts'
import { refuse } from '../../problem.ts'
import type { Released } from '../../redact/released.ts'
import { type Rate, takeTurn } from '../../store/rate.ts'
import { fhirJson } from '../resource-answer.ts'
import { readEmergency } from './emergency-statement.ts'
import type { Call } from './operation.ts'
import { readParameters } from './parameters.ts'

/** How often one client may ask: enough for an emergency room, too little to try names. */
const rate: Rate = { most: 20, seconds: 600 }

const needs = [{ type: 'Patient', access: 'r' }] as const

/**
 * A bona fide medical emergency in which consent cannot be obtained (42 CFR 2.51): what is stated is kept and reviewed,
 * and tokens with the purpose BTG read that one person for four hours. Whether there is such a person, and whether the
 * client may ask, is not answered here: the answer is the same (42 CFR 2.13).
 */
export const breakGlass = async ({ services, caller, request, raw }: Call): Promise<Released<Answer>> => {
  const stated = readEmergency(await readParameters(services, raw))
  if (!(await takeTurn(services.database, `break-glass ${caller.client}`, services.clock.real(), rate)))
    refuse({
      kind: 'throttled',
      text: `at most ${rate.most} emergencies in ${rate.seconds} seconds; try again then`,
      seconds: rate.seconds,
    })
  const ask = { interaction: 'break-glass', request }
  const open = openEmergency(services, caller, stated)
  await accept(services, { ...ask, caller, opening: { needs, open } }, [])
  return disclose(services, caller, {
    ...ask,
    needs,
    find: async () => ({ rows: [], answer: () => acknowledgement }),
  })
}

const acknowledgement: Answer = {
  status: 202,
  headers: { 'content-type': fhirJson },
  body: JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: [
      {
        severity: 'information',
        code: 'informational',
        details: {
          text: 'kept, and will be reviewed. ask with a token for the purpose BTG: if exactly one patient is meant and the client may break the glass, it reads that patient for four hours; otherwise it finds nothing',
        },
      },
    ],
  }),
}
