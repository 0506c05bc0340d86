import { clientSecret } from './world.ts'
import { perPatient } from './records.ts'
import type { Shape } from './shapes.ts'
import { ids } from './world.ts'

/** What authentication costs: a token, the ceiling's read with a caller to be known, and a read by an app with a patient in context. */
export const authenticationShapes = (patients: number): Shape[] => {
  const some = Array.from({ length: Math.min(patients, 60) }, (_, place) => place)
  const idOf = (patient: number): string => ids.observation(patient, (patient * 6) % (perPatient - 2))
  const own = Array.from(
    { length: 30 },
    (_, place) => `/fhir/Observation/${ids.observation(0, (place * 6) % (perPatient - 2))}`,
  )
  return [
    {
      name: 'authenticated read, without a decision',
      sends: some.map((patient) => ({ method: 'GET', path: `/authenticated/${idOf(patient)}` })),
      expect: 200,
      at: 'bare',
      promised: { cpu: { most: 1.5 } },
    },
    {
      name: 'read by an app',
      sends: own.map((path) => ({ method: 'GET', path })),
      expect: 200,
      by: 'app',
      promised: { cpu: { most: 3.6 } },
    },
    {
      name: 'token',
      sends: [
        {
          method: 'POST',
          path: '/oauth/token',
          form: new URLSearchParams({
            grant_type: 'client_credentials',
            client_id: 'hospital',
            client_secret: clientSecret,
          }).toString(),
        },
      ],
      expect: 200,
      promised: {},
    },
  ]
}
