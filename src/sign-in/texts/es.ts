import type { Texts } from './en.ts'

/** What the pages of sign-in say, in Spanish. */
export const es: Texts = {
  tag: 'es',
  otherLanguage: 'English',
  error: 'Error',
  back: 'Volver',
  next: 'Continuar',

  signIn: 'Iniciar sesión',
  signInLead: 'Para ver expedientes de salud, diga quién es.',
  user: 'Nombre de usuario',
  password: 'Contraseña',
  showHelp:
    '¿No puede entrar o es su primera vez? Pida a quien administra este sistema un enlace para configurar su acceso.',
  or: 'o',
  withPasskey: 'Entrar con una llave de acceso',
  withExternal: 'Entrar a través de su organización',
  wrongPassword:
    'No funcionó. Revise el nombre de usuario y la contraseña. Después de varios intentos fallidos, espere un cuarto de hora.',
  needsPasskey: 'Usted configuró una llave de acceso: entre con ella. La contraseña sola no basta.',
  needsSecondFactor:
    'Aquí la contraseña sola no basta. Pida a quien administra este sistema un enlace para configurar un segundo paso.',
  passkeyFailed: 'La llave de acceso no funcionó. Inténtelo de nuevo o entre de otra manera.',
  demo: 'Esta es una demostración con personas inventadas. Entre como una de ellas:',
  demoPassword: 'La contraseña de todas es',

  code: 'Segundo paso',
  codeLead:
    'Abra su aplicación de autenticación y escriba el código de seis dígitos. También sirve un código de recuperación.',
  codeField: 'Código',
  wrongCode:
    'Ese código no funcionó. Cada código sirve una vez y durante un minuto. Después de varios intentos fallidos, espere un cuarto de hora.',
  verify: 'Verificar',

  signedIn: 'Ha iniciado sesión',
  onward: 'Enseguida continúa. Si no pasa nada, siga aquí:',
  externalFailed: 'No se inició la sesión',
  externalFailedText:
    'Su organización no confirmó el inicio de sesión, o nadie aquí usa esa cuenta. Pregunte a quien administra este sistema.',
  tryAgain: 'Intentar de nuevo',

  forbidden: 'Este formulario ya no es válido',
  forbiddenText:
    'Estuvo abierto demasiado tiempo o se envió desde otro lugar. No se cambió nada. Abra la página de nuevo.',
  tooMany: 'Demasiados intentos',
  tooManyText: 'Hubo muchos intentos desde su red. Espere un cuarto de hora e inténtelo de nuevo.',
  notFound: 'Este enlace no es válido',
  notFoundText: 'Ya se usó, venció o no se copió completo. Pida uno nuevo.',
  broken: 'Algo salió mal',
  brokenText: 'No es culpa suya. No se cambió nada. Inténtelo de nuevo en un momento.',

  enroll: 'Configure su acceso',
  enrollLead: (user) =>
    `Es para el usuario ${user}. Elija una de dos maneras. Lo que estaba configurado antes se reemplaza, y este enlace sirve una sola vez.`,
  enrollPasskey: 'Con una llave de acceso',
  enrollPasskeyLead:
    'La guarda su teléfono, su computadora o una llave de seguridad, y se abre con su cara, su dedo o un PIN. No hay nada que recordar.',
  enrollPasswordAndCode: 'Con una contraseña y una aplicación de autenticación',
  createPasskey: 'Crear una llave de acceso',
  passkeyUnsupported: 'Las llaves de acceso necesitan un navegador más reciente con JavaScript.',
  newPassword: 'Contraseña nueva',
  newPasswordHint: 'Al menos 12 caracteres. Lo mejor son varias palabras sin relación entre sí.',
  repeatPassword: 'Contraseña nueva otra vez',
  scan: 'Escanee esto con una aplicación de autenticación',
  scanOr: 'o escriba esto en ella:',
  scanAlt: 'Código QR con el secreto que está abajo como texto',
  firstCode: 'Código que muestra la aplicación',
  save: 'Guardar',
  passwordShort: 'La contraseña nueva tiene menos de 12 caracteres.',
  passwordLong: 'La contraseña nueva tiene más de 256 caracteres.',
  passwordGuessable: 'La contraseña nueva es demasiado fácil de adivinar: elija palabras menos comunes.',
  passwordsDiffer: 'Las dos contraseñas no son iguales.',

  recovery: 'Guarde sus códigos de recuperación',
  recoveryLead:
    'Si pierde su teléfono, uno de estos reemplaza al código. Cada uno sirve una vez. Solo se muestran ahora: imprímalos o anótelos.',
  recoveryDone: 'Ya los guardé',

  account: 'Su cuenta',
  accountFor: (user, role, organization) => `Sesión iniciada como ${user}: ${role}, ${organization}.`,
  roles: {
    clinician: 'personal clínico',
    officer: 'responsable de privacidad',
    patient: 'paciente',
    representative: 'representante de un paciente',
  },
  managed: 'Su organización lleva la manera en que usted entra; cámbiela allí.',
  signOut: 'Cerrar sesión',
  signedOut: 'Ha cerrado la sesión',
  passkeys: 'Llaves de acceso',
  noPasskeys: 'Todavía no tiene ninguna.',
  passkeyName: 'Nombre de la llave nueva',
  passkeyDefaultName: 'Llave de acceso',
  added: 'añadida',
  lastUsed: 'usada por última vez',
  neverUsed: 'nunca usada',
  remove: 'Quitar',
  removeNamed: (name) => `Quitar ${name}`,
  lastWayIn: 'Es la única manera en que usted puede entrar. Configure otra primero.',
  authenticator: 'Aplicación de autenticación',
  authenticatorSince: (date) => `Configurada el ${date}.`,
  authenticatorNone: 'Todavía no está configurada.',
  authenticatorNew: 'Configurar una aplicación de autenticación',
  authenticatorLead: 'Si usaba otra aplicación, deja de servir aquí cuando usted guarde.',
  recoveryLeft: (count) => `Códigos de recuperación que quedan: ${count}.`,
  recoveryNew: 'Crear códigos de recuperación nuevos',
  changePassword: 'Cambiar la contraseña',
  passwordSince: (date) => `Puesta el ${date}.`,
  currentPassword: 'Contraseña actual',
  currentWrong:
    'La contraseña actual no es correcta. Después de varios intentos fallidos, espere un cuarto de hora.',
  changed: 'Guardado. Se cerró su sesión en todos los demás lugares.',
  sessions: 'Dónde tiene la sesión abierta',
  thisBrowser: 'este navegador',
  since: 'desde',
  lastSeen: 'vista por última vez',
  by: 'con',
  end: 'Cerrar',
  endSince: (date) => `Cerrar la sesión abierta desde ${date}`,
  endOthers: 'Cerrar todas las demás',
  ended: 'Cerrada.',
  confirmFirst:
    'Para hacer cambios tiene que iniciar sesión de nuevo si la última vez fue hace más de diez minutos.',
  methods: {
    pwd: 'contraseña',
    otp: 'código',
    hwk: 'llave de acceso',
    swk: 'llave de acceso',
    fed: 'su organización',
  },
}
