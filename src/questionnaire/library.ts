import type { Questionnaire } from 'fhir/r4'
import ace from '../../profiles/questionnaires/Questionnaire-ace.json' with { type: 'json' }
import gad7 from '../../profiles/questionnaires/Questionnaire-gad-7.json' with { type: 'json' }
import pcl5 from '../../profiles/questionnaires/Questionnaire-pcl-5.json' with { type: 'json' }
import phq2 from '../../profiles/questionnaires/Questionnaire-phq-2.json' with { type: 'json' }
import phq9 from '../../profiles/questionnaires/Questionnaire-phq-9.json' with { type: 'json' }

const shipped: readonly object[] = [phq9, phq2, gad7, pcl5, ace]

const isQuestionnaire = (it: object): it is Questionnaire =>
  'resourceType' in it && it.resourceType === 'Questionnaire'

/** The instruments whose text may be shipped. */
export const questionnaires: readonly Questionnaire[] = shipped.filter(isQuestionnaire)

/** The shipped Questionnaire that a canonical names, `|version` or not. */
export const questionnaireOf = (canonical: string | undefined): Questionnaire | undefined => {
  const [url, version] = (canonical ?? '').split('|')
  return questionnaires.find((it) => it.url === url && (version === undefined || it.version === version))
}
