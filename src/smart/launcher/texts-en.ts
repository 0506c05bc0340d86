/** What the launcher says, in English. `texts-es.ts` has the same keys, or it does not compile. */
export const en = {
  title: 'Start an app',
  lead: 'This starts an app beside a patient’s record, as an EHR does (SMART App Launch). It is for trying apps out, and is not there in production.',
  as: (user: string) => `You are signed in as ${user}.`,
  notYou: 'Someone else?',
  app: 'Which app?',
  noApps: 'No app that you can start is registered with an address to launch.',
  patient: 'Whose records?',
  encounter: 'Which visit?',
  intent: 'Intent',
  intentHint: 'What the app is to do first, if it knows the word. May be left empty.',
  simulate: 'What is to go wrong?',
  simulations: {
    none: ['Nothing', 'The app gets what the user allows.'],
    expired: ['The access expires', 'The first access token is good for one second.'],
    scope: ['A scope is missing', 'No more than reading the patient’s personal details can be allowed.'],
    consent: [
      'No consent lets you see the patient',
      'The app is started with somebody of the demo whose records you may not see.',
    ],
    revoked: ['The access is ended', 'It is ended as soon as the app has its token.'],
  },
  nobodyHidden: 'There is nobody here whose records you may not see.',
  next: 'Continue',
  launch: 'Start the app',
  another: 'Choose another app',
  anotherPatient: 'Choose another patient',
  opens: (address: string) => `${address} opens.`,
} as const

type Loose<Of> = Of extends string
  ? string
  : Of extends (...given: infer Given) => string
    ? (...given: Given) => string
    : { readonly [Key in keyof Of]: Loose<Of[Key]> }

/** The texts of one language. */
export type LauncherTexts = Loose<typeof en>
