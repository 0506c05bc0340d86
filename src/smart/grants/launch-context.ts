import * as z from 'zod'
import { isResourceType } from '../../fhir/definitions/structures.ts'

const id = z.string().regex(/^[A-Za-z0-9.-]{1,64}$/, 'must be the id of a resource')

/** What an app is launched with (SMART App Launch 2.2, launch context arrives with your access token). */
export const launchContext = z.object({
  patient: id.optional(),
  encounter: id.optional(),
  fhirContext: z
    .array(
      z.object({
        reference: z
          .string()
          .regex(/^[A-Za-z]{1,64}\/[A-Za-z0-9.-]{1,64}$/, 'must be Type/<id>')
          .refine((text) => isResourceType(text.split('/')[0] ?? ''), 'must be of an R4 resource type'),
        role: z.string().max(500).optional(),
      }),
    )
    .max(20)
    .readonly()
    .optional(),
  need_patient_banner: z.boolean().optional(),
  intent: z.string().max(200).optional(),
  smart_style_url: z.url({ protocol: /^https?$/ }).optional(),
  tenant: z.string().max(200).optional(),
})

export type LaunchContext = z.output<typeof launchContext>
