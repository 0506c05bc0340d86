import type { DemoApp } from './types.ts'

/** Where `npm run example` serves the app. */
const address = 'http://localhost:8090/'

/** What the app asks for: whom it is about, what it shows, what it sends, and nothing else. */
const scope = [
  'launch launch/patient openid fhirUser offline_access',
  'patient/Patient.r',
  'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|survey',
  'patient/QuestionnaireResponse.c',
  'user/Questionnaire.rs',
].join(' ')

const app = (id: string, purpose: string, launch: string): DemoApp => ({
  id,
  organization: 'Organization/moodtrack',
  name: 'MoodTrack',
  purposes: [purpose],
  scope,
  roles: [],
  redirects: [address],
  launchUrl: `${address}${launch}`,
})

/** The sample app in `examples/questionnaire`: one registration for each purpose of use, so that none is ambiguous. */
export const apps: readonly DemoApp[] = [
  app('moodtrack-app', 'TREAT', 'launch.html'),
  app('moodtrack-patient', 'PATRQT', 'launch.html?client=moodtrack-patient'),
]
