import type { Language } from '../../sign-in/language.ts'

type Names = Readonly<Record<string, string>>

const en: Names = {
  AllergyIntolerance: 'allergies',
  Appointment: 'appointments',
  CarePlan: 'care and safety plans',
  CareTeam: 'care teams',
  Communication: 'messages',
  Condition: 'problems and diagnoses',
  Consent: 'consents',
  Coverage: 'insurance',
  Device: 'devices',
  DiagnosticReport: 'reports',
  DocumentReference: 'documents and notes',
  Encounter: 'visits',
  EpisodeOfCare: 'episodes of care',
  FamilyMemberHistory: 'family history',
  Flag: 'alerts',
  Goal: 'goals',
  Immunization: 'vaccinations',
  Location: 'places',
  Medication: 'medicines',
  MedicationAdministration: 'medication given',
  MedicationDispense: 'medication handed out',
  MedicationRequest: 'prescriptions',
  MedicationStatement: 'medication taken',
  Observation: 'results, scores and measurements',
  Organization: 'organizations',
  Patient: 'personal details',
  Practitioner: 'clinicians',
  PractitionerRole: 'clinicians’ roles',
  Procedure: 'treatments and procedures',
  Provenance: 'where records come from',
  Questionnaire: 'questionnaires',
  QuestionnaireResponse: 'answers to questionnaires',
  RelatedPerson: 'family and representatives',
  ServiceRequest: 'referrals and orders',
  Task: 'tasks',
}

const es: Names = {
  AllergyIntolerance: 'alergias',
  Appointment: 'citas',
  CarePlan: 'planes de cuidado y de seguridad',
  CareTeam: 'equipos de cuidado',
  Communication: 'mensajes',
  Condition: 'problemas y diagnósticos',
  Consent: 'consentimientos',
  Coverage: 'seguros',
  Device: 'dispositivos',
  DiagnosticReport: 'informes',
  DocumentReference: 'documentos y notas',
  Encounter: 'visitas',
  EpisodeOfCare: 'episodios de cuidado',
  FamilyMemberHistory: 'antecedentes familiares',
  Flag: 'alertas',
  Goal: 'objetivos',
  Immunization: 'vacunas',
  Location: 'lugares',
  Medication: 'medicamentos',
  MedicationAdministration: 'medicación administrada',
  MedicationDispense: 'medicación entregada',
  MedicationRequest: 'recetas',
  MedicationStatement: 'medicación que se toma',
  Observation: 'resultados, puntuaciones y mediciones',
  Organization: 'organizaciones',
  Patient: 'datos personales',
  Practitioner: 'profesionales',
  PractitionerRole: 'funciones de los profesionales',
  Procedure: 'tratamientos y procedimientos',
  Provenance: 'procedencia de los datos',
  Questionnaire: 'cuestionarios',
  QuestionnaireResponse: 'respuestas a cuestionarios',
  RelatedPerson: 'familiares y representantes',
  ServiceRequest: 'derivaciones y órdenes',
  Task: 'tareas',
}

const names: Readonly<Record<Language, Names>> = { en, es }

/** What a resource type is called in plain words; its own name where there are none. */
export const typeName = (type: string, language: Language): string => {
  const known = names[language]
  return Object.hasOwn(known, type) ? (known[type] ?? type) : type
}
