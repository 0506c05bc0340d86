import * as z from 'zod'
import type { RecipientClass } from '../../consent/asked.ts'
import { fhirBase, tokenUrl } from '../../smart/addresses.ts'
import type { Administered } from '../administered.ts'
import { operation } from '../operation.ts'
import { partnerSchema } from '../partners.ts'
import { addClient } from './client-add.ts'
import { addPartner } from './partner-add.ts'

const input = z.object({
  partner: partnerSchema,
  /** As `client add` takes it; what is not said follows from the class of the partner. */
  client: z.looseObject({ kind: z.string() }),
  renew: z.boolean(),
})

interface Usual {
  readonly scope: string
  readonly purpose: string
}

const treating: Usual = { scope: 'system/*.cruds', purpose: 'TREAT' }

/** What a partner of a class usually may ask for; consent and law decide what it gets. */
const usual: Readonly<Record<string, Usual>> = {
  school: { scope: 'system/Patient.rs system/DocumentReference.rs', purpose: 'COC' },
  'public-health': { scope: 'system/*.rs', purpose: 'PUBHLTH' },
  'lawful-holder': { scope: 'system/*.rs', purpose: 'HPAYMT' },
} satisfies Partial<Record<RecipientClass, Usual>>

/** Makes a partner known and registers its client in one go, and tells what the partner needs to know. */
export const onboardPartner = operation(
  input,
  async (administered: Administered, { partner, client, renew }) => {
    await addPartner(administered, [partner])
    const { scope, purpose } = usual[partner.class] ?? treating
    const registration = {
      id: partner.id,
      name: partner.name,
      scope,
      purposes: [purpose],
      redirects: [],
      roles: [],
      ...client,
      organization: `Organization/${partner.id}`,
    }
    const registered = await addClient(administered, { registration, renew })
    const { publicUrl } = administered.settings
    return {
      ...registered,
      organization: `Organization/${partner.id}`,
      fhir_base: fhirBase(publicUrl),
      token_endpoint: tokenUrl(publicUrl),
    }
  },
)
