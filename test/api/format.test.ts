import { describe, expect, test } from 'vitest'
import { formatOfMedia, presentationOf, requirePresentation } from '../../src/api/format.ts'
import { Refusal } from '../../src/problem.ts'

const request = (query: string, accept?: string) =>
  new Request(
    `https://gateway.example/fhir/Patient/a${query}`,
    accept === undefined ? {} : { headers: { accept } },
  )

describe('the format of an answer', () => {
  test.each([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/*', 'json'],
    ['text/*', 'json'],
    ['application/fhir+json', 'json'],
    ['application/json', 'json'],
    ['text/json', 'json'],
    ['application/fhir+xml', 'xml'],
    ['Application/FHIR+XML; charset=utf-8', 'xml'],
    ['application/xml', 'xml'],
    ['text/xml', 'xml'],
    ['application/fhir+xml, application/fhir+json', 'json'],
    ['application/fhir+json;q=0.8, application/fhir+xml', 'xml'],
    ['application/fhir+xml;q=0.1, */*;q=0.9', 'json'],
    ['application/fhir+xml, */*;q=0.1', 'xml'],
    ['application/fhir+json;q=0, */*', 'xml'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'xml'],
    ['text/turtle, application/fhir+xml ; q = 0.2', 'xml'],
    ['application/fhir+xml; fhirVersion=4.0', 'xml'],
    ['application/fhir+xml; fhirVersion=3.0, application/fhir+json', 'json'],
    ['text/html', undefined],
    ['text/turtle, application/fhir+turtle', undefined],
    ['application/fhir+json; fhirVersion=3.0', undefined],
    ['application/fhir+json;q=0', undefined],
    ['application/fhir+json;q=2', undefined],
    ['application/fhir+json;q=a', undefined],
    ['nonsense', undefined],
  ])('Accept: %s is %s', (accept, format) => {
    expect(presentationOf(request('', accept))?.format).toBe(format)
  })

  test.each([
    ['xml', 'xml'],
    ['XML', 'xml'],
    ['text/xml', 'xml'],
    ['application/xml', 'xml'],
    ['application/fhir+xml', 'xml'],
    ['application/fhir%2Bxml', 'xml'],
    ['application%2Ffhir%2Bxml%3B%20fhirVersion%3D4.0', 'xml'],
    ['json', 'json'],
    ['application/json', 'json'],
    ['application/fhir+json', 'json'],
    ['text/json', 'json'],
    ['', 'xml'],
    ['ttl', undefined],
    ['html', undefined],
    ['application/fhir+json;fhirVersion=3.0', undefined],
    ['*/*', undefined],
  ])('_format=%s goes before Accept: %s', (named, format) => {
    expect(presentationOf(request(`?_format=${named}`, 'application/fhir+xml'))?.format).toBe(format)
  })

  test('_pretty is true or not', () => {
    expect(presentationOf(request('?_pretty=true'))).toEqual({ format: 'json', pretty: true })
    expect(presentationOf(request('?_pretty=false&_format=xml'))).toEqual({ format: 'xml', pretty: false })
    expect(presentationOf(request('?_pretty=yes'))?.pretty).toBe(false)
  })

  test('what is not served is refused', () => {
    expect(() => requirePresentation(request('', 'text/html'))).toThrow(Refusal)
    expect(requirePresentation(request('', 'text/xml'))).toEqual({ format: 'xml', pretty: false })
  })

  test('media types of bodies, whatever their parameters', () => {
    expect(formatOfMedia('Text/XML; charset=utf-8')).toBe('xml')
    expect(formatOfMedia('application/json')).toBe('json')
    expect(formatOfMedia('application/xhtml+xml')).toBeUndefined()
    expect(formatOfMedia('')).toBeUndefined()
  })
})
