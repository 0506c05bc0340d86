import type { LauncherTexts } from './texts-en.ts'

/** The same in Spanish. */
export const es: LauncherTexts = {
  title: 'Abrir una aplicación',
  lead: 'Abre una aplicación junto al expediente de un paciente, como hace un sistema clínico (SMART App Launch). Sirve para probar aplicaciones y no existe en producción.',
  as: (user) => `Ha iniciado sesión como ${user}.`,
  notYou: '¿No es usted?',
  app: '¿Qué aplicación?',
  noApps: 'No hay registrada ninguna aplicación que usted pueda abrir y que diga dónde se abre.',
  patient: '¿De quién son los datos?',
  encounter: '¿Qué visita?',
  intent: 'Intención',
  intentHint: 'Lo que la aplicación debe hacer primero, si conoce la palabra. Puede quedar vacío.',
  simulate: '¿Qué debe salir mal?',
  simulations: {
    none: ['Nada', 'La aplicación recibe lo que se le permita.'],
    expired: ['El acceso caduca', 'El primer token de acceso dura un segundo.'],
    scope: ['Falta un permiso', 'No se puede permitir más que leer los datos personales del paciente.'],
    consent: [
      'Ningún consentimiento le deja ver al paciente',
      'La aplicación se abre con alguien de la demostración cuyos datos usted no puede ver.',
    ],
    revoked: ['El acceso se termina', 'Se termina en cuanto la aplicación tiene su token.'],
  },
  nobodyHidden: 'Aquí no hay nadie cuyos datos usted no pueda ver.',
  next: 'Continuar',
  launch: 'Abrir la aplicación',
  another: 'Elegir otra aplicación',
  anotherPatient: 'Elegir otro paciente',
  opens: (address) => `Se abre ${address}.`,
}
