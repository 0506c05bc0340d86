import type { DemoUser } from './types.ts'

/** The password of every demo user. It is no secret, and good for nothing in production. */
export const demoPassword = 'sluice demo county'

/** Who can sign in: clinicians, a patient, a mother. */
export const users: readonly DemoUser[] = [
  {
    id: 'chen',
    reference: 'Practitioner/chen',
    organization: 'Organization/riverbend',
    role: 'clinician',
    about: 'psychotherapist at Riverbend Behavioral Health',
  },
  {
    id: 'alvarez',
    reference: 'Practitioner/alvarez',
    organization: 'Organization/riverbend',
    role: 'clinician',
    about: 'psychiatric nurse practitioner at Riverbend Behavioral Health',
  },
  {
    id: 'haugen',
    reference: 'Practitioner/haugen',
    organization: 'Organization/harbor-psychiatry',
    role: 'clinician',
    about: 'psychiatrist at Harbor Psychiatry',
  },
  {
    id: 'patel',
    reference: 'Practitioner/patel',
    organization: 'Organization/mercy-general',
    role: 'clinician',
    about: 'emergency physician at Mercy General Hospital',
  },
  {
    id: 'maya',
    reference: 'Patient/maya',
    organization: 'Organization/riverbend',
    role: 'patient',
    about: 'a patient of Riverbend Behavioral Health',
  },
  {
    id: 'park',
    reference: 'RelatedPerson/lena-mother',
    organization: 'Organization/riverbend',
    role: 'representative',
    about: 'the mother of Lena, a patient of Riverbend',
  },
]
