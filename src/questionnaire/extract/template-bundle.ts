import type { Bundle, BundleEntry, Extension } from 'fhir/r4'
import { blame } from '../form/form.ts'
import { extensions, url } from '../sdc.ts'
import { answered, type Extracting } from './extract.ts'
import { filled, type Filler } from './fill-template.ts'
import { mostEntries } from './templates.ts'

/**
 * Entries of the Bundle that a Questionnaire contains as one template, filled from the response, as soon as anything is
 * answered (SDC 4.0, `templateExtractBundle`). An entry without a request is to be created.
 */
export const templateBundleEntries = (extracting: Extracting): BundleEntry[] => {
  const { sheet } = extracting
  const { form } = sheet
  if (answered(sheet).length === 0) return []
  const entries = extensions(form.questionnaire, url.templateExtractBundle).flatMap((own) =>
    entriesOf(extracting, own),
  )
  if (entries.length > mostEntries)
    blame(form, form.questionnaire, 'too-costly', `only the first ${mostEntries} resources were extracted`)
  return entries.slice(0, mostEntries)
}

const entriesOf = (extracting: Extracting, { valueReference }: Extension): BundleEntry[] => {
  const { sheet, newUrn, allocated, protect } = extracting
  const { form } = sheet
  const template = (form.questionnaire.contained ?? []).find(
    ({ id, resourceType }) =>
      resourceType === 'Bundle' && id !== undefined && `#${id}` === valueReference?.reference,
  )
  if (template === undefined) {
    const text =
      '`templateExtractBundle` names no Bundle that the Questionnaire contains; correct its reference'
    blame(form, form.questionnaire, 'not-found', text)
    return []
  }
  const filler: Filler = {
    engine: form.engine,
    blame: (code, text) => blame(form, form.questionnaire, code, text),
  }
  const place = { kind: 'response' } as const
  const environment = Object.assign(
    Object.create(null) as object,
    sheet.environmentOf(place),
    allocated(undefined),
  )
  const made = filled(filler, template, sheet.focusOf(place), environment) as Bundle | undefined
  return (made?.entry ?? []).flatMap((entry) => {
    const { resource, request, fullUrl = newUrn() } = entry
    if (resource === undefined && request === undefined) return []
    const asked = request ?? { method: 'POST', url: resource?.resourceType ?? '' }
    return [protect({ ...entry, fullUrl, request: asked }, undefined)]
  })
}
