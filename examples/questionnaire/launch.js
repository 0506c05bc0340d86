import { settings } from './settings.js'

/* global FHIR: fhirclient's browser build */

/** What the app asks for: whom it is about, what it shows, what it sends, and nothing else. */
const resources = [
  'patient/Patient.r',
  'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|survey',
  'patient/QuestionnaireResponse.c',
  'user/Questionnaire.rs',
]

const given = new URLSearchParams(location.search)
const iss = given.get('iss') ?? settings.iss
const launch = given.get('launch')
const client = settings.clients.find((one) => one === given.get('client')) ?? settings.clients[0]
const state = document.getElementById('state')

/** An app sends its users to servers that it knows, and to no other that a link may name. */
const isKnown = iss.replace(/\/$/, '') === settings.iss

const start = () =>
  FHIR.oauth2.authorize({
    iss,
    clientId: client,
    redirectUri: './',
    pkceMode: 'required',
    scope: [
      'openid fhirUser offline_access',
      launch === null ? 'launch/patient' : 'launch',
      ...resources,
    ].join(' '),
  })

if (!isKnown)
  state.textContent = 'This link leads to a server that MoodTrack does not know, so nothing was opened.'
else if (launch === null && !given.has('go')) {
  state.textContent = ''
  document.getElementById('choose').hidden = false
} else
  start().catch(() => {
    state.textContent = 'The server of the health records does not answer. Try again in a moment.'
  })
