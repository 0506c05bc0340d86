import type { FhirResource, Parameters } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { applyPatch, readEntryPatch, readPatch } from '../../src/api/patch-body.ts'
import { outcomeOf, Refusal, statusOf } from '../../src/problem.ts'

const patient: FhirResource = { resourceType: 'Patient', id: 'p', birthDate: '1990-01-01' }
const born: FhirResource = { ...patient, birthDate: '1991-02-03' }

const operations = [{ op: 'replace', path: '/birthDate', value: '1991-02-03' }]

const parameters = (path = 'Patient.birthDate'): Parameters => ({
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'operation',
      part: [
        { name: 'type', valueCode: 'replace' },
        { name: 'path', valueString: path },
        { name: 'value', valueDate: '1991-02-03' },
      ],
    },
  ],
})

const send = (type: string | undefined, body: unknown): Request =>
  new Request('http://localhost/fhir/Patient/p', {
    method: 'PATCH',
    ...(type === undefined ? {} : { headers: { 'content-type': type } }),
    body: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
  })

const binary = (data: unknown, contentType = 'application/json-patch+json'): FhirResource => ({
  resourceType: 'Binary',
  contentType,
  data: btoa(typeof data === 'string' ? data : JSON.stringify(data)),
})

const noData: FhirResource = { resourceType: 'Binary', contentType: 'application/json-patch+json' }

/** Status, text and place of what a patch is refused with. */
const refusal = async (work: () => unknown): Promise<{ status: number; text?: string; at?: string }> => {
  try {
    await work()
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault
    const [issue] = outcomeOf(fault.problem).issue
    const [text, at] = [issue?.details?.text, issue?.expression?.[0]]
    return { status: statusOf(fault.problem), ...(text && { text }), ...(at && { at }) }
  }
  throw new Error('the patch was taken')
}

describe('the body of a PATCH', () => {
  it.each(['application/json-patch+json', 'Application/JSON-Patch+JSON; charset=UTF-8'])(
    'is a JSON Patch as %s',
    async (type) => {
      const patch = await readPatch(send(type, operations))
      expect(patch.kind).toBe('json')
      expect(applyPatch(patient, patch)).toEqual(born)
    },
  )

  it.each(['application/fhir+json', 'application/json', 'application/fhir+json; fhirVersion=4.0'])(
    'is a FHIRPath Patch as %s',
    async (type) => {
      const patch = await readPatch(send(type, parameters()))
      expect(patch.kind).toBe('fhirpath')
      expect(applyPatch(patient, patch)).toEqual(born)
    },
  )

  it.each(['application/xml-patch+xml', 'text/plain', 'application/merge-patch+json', undefined])(
    'is not taken as %s; the two types are named',
    async (type) => {
      const { status, text } = await refusal(() => readPatch(send(type, operations)))
      expect(status).toBe(415)
      expect(text).toContain('application/json-patch+json')
      expect(text).toContain('application/fhir+json')
    },
  )

  it.each([
    ['another charset', 'application/json-patch+json; charset=utf-16', '[]', 415],
    ['nothing', 'application/json-patch+json', '', 400],
    ['JSON that breaks off', 'application/json-patch+json', '[{"op":', 400],
    ['a key twice', 'application/json-patch+json', '[{"op":"remove","path":"/a","path":"/b"}]', 400],
    ['nesting without end', 'application/json-patch+json', '['.repeat(100) + ']'.repeat(100), 400],
    ['no list', 'application/json-patch+json', '{}', 400],
    ['no Parameters', 'application/fhir+json', '{"resourceType":"Patient"}', 400],
    [
      'too many operations',
      'application/json-patch+json',
      JSON.stringify(Array(1001).fill(operations[0])),
      413,
    ],
  ])('is refused: %s', async (_note, type, body, status) => {
    expect(await refusal(() => readPatch(send(type, body)))).toMatchObject({ status })
  })

  it('is refused before any resource is looked up if it is no patch, with its place', async () => {
    const noPath = [...operations, { op: 'remove' }]
    expect(await refusal(() => readPatch(send('application/json-patch+json', noPath)))).toMatchObject({
      status: 400,
      at: '[1].path',
    })
    expect(
      await refusal(() => readPatch(send('application/fhir+json', parameters('Patient.')))),
    ).toMatchObject({
      status: 400,
      at: 'Parameters.parameter[0]',
    })
  })
})

describe('a patch that does not fit the resource', () => {
  it.each([
    [{ op: 'test', path: '/birthDate', value: '1980-01-01' }, '[0]'],
    [{ op: 'remove', path: '/gender' }, '[0].path'],
    [{ op: 'replace', path: '/id', value: 'q' }, 'id'],
  ])('is unprocessable, with its place and no value of the record: %o', async (operation, at) => {
    const patch = await readPatch(send('application/json-patch+json', [operation]))
    const told = await refusal(() => applyPatch(patient, patch))
    expect(told).toMatchObject({ status: 422, at })
    expect(told.text).not.toMatch(/19\d\d/)
  })

  it('is unprocessable as FHIRPath Patch too', async () => {
    const patch = await readPatch(send('application/fhir+json', parameters('Patient.deceased')))
    expect(await refusal(() => applyPatch(patient, patch))).toMatchObject({
      status: 422,
      at: 'Parameters.parameter[0]',
    })
  })

  it('takes away the narrative that was made from the data before it', async () => {
    const text = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">1990</div>' } as const
    const patch = await readPatch(send('application/json-patch+json', operations))
    expect(applyPatch({ ...patient, text }, patch)).toStrictEqual(born)
  })
})

describe('the patch of a Bundle entry', () => {
  it('is a Binary with a JSON Patch, or Parameters', () => {
    expect(applyPatch(patient, readEntryPatch(binary(operations), 'Bundle.entry[3]'))).toEqual(born)
    expect(applyPatch(patient, readEntryPatch(parameters(), 'Bundle.entry[3]'))).toEqual(born)
  })

  it('keeps what is not ASCII', () => {
    const utf8 = String.fromCharCode(
      ...new TextEncoder().encode('[{"op":"add","path":"/language","value":"žluť"}]'),
    )
    expect(applyPatch(patient, readEntryPatch(binary(utf8), 'Bundle.entry[0]'))).toHaveProperty(
      'language',
      'žluť',
    )
  })

  it.each([
    ['nothing', undefined, 'Bundle.entry[3].resource'],
    ['another resource', patient, 'Bundle.entry[3].resource'],
    ['a Binary of another type', binary(operations, 'text/plain'), 'Bundle.entry[3].resource.contentType'],
    ['no base64', { ...binary(operations), data: '*' } as FhirResource, 'Bundle.entry[3].resource.data'],
    ['no data', noData, 'Bundle.entry[3].resource.data'],
    ['JSON that breaks off', binary('[{'), 'Bundle.entry[3].resource.data'],
    ['no list', binary({}), 'Bundle.entry[3].resource.data'],
    ['an operation without path', binary([{ op: 'remove' }]), 'Bundle.entry[3].resource.data[0].path'],
    ['no FHIRPath', parameters('Patient.'), 'Bundle.entry[3].resource.parameter[0]'],
  ])('is refused with its place: %s', async (_note, resource, at) => {
    expect(await refusal(() => readEntryPatch(resource, 'Bundle.entry[3]'))).toMatchObject({
      status: 400,
      at,
    })
  })

  it('is unprocessable with its place if it does not fit', async () => {
    const json = readEntryPatch(binary([{ op: 'remove', path: '/gender' }]), 'Bundle.entry[3]')
    expect(await refusal(() => applyPatch(patient, json))).toMatchObject({
      status: 422,
      at: 'Bundle.entry[3].resource.data[0].path',
    })
    const fhirPath = readEntryPatch(parameters('Patient.deceased'), 'Bundle.entry[3]')
    expect(await refusal(() => applyPatch(patient, fhirPath))).toMatchObject({
      status: 422,
      at: 'Bundle.entry[3].resource.parameter[0]',
    })
  })
})
