import { describe, expect, test } from 'vitest'
import { mostBytes } from '../../src/api/body.ts'
import { jsonFault } from '../../src/api/json-fault.ts'

const faultOf = (text: string) => jsonFault(JSON.parse(text), text)

describe('what is wrong with JSON beyond its syntax', () => {
  test.each([
    '{"given":["a",":b"," : c"]}',
    String.raw`{"a":"\"b\":","\"":"\\","c" : {}}`,
    '{}',
    '{"":{"":[{"":1}]}}',
  ])('nothing is wrong with %s', (text) => {
    expect(faultOf(text)).toBeUndefined()
  })

  test.each(['{"a":1,"a":1}', '{"a":[":",{"b":1,"b" : 2}]}', String.raw`{"a":1,"\u0061":2}`])(
    'a key is repeated in %s',
    (text) => {
      expect(faultOf(text)).toContain('the same key twice')
    },
  )

  test.each(['x', '"', ':', '\\'])('the largest body is one string of %s, and is read at once', (one) => {
    const length = mostBytes / JSON.stringify(one).slice(1, -1).length - 10
    const text = JSON.stringify({ a: one.repeat(length) })
    const started = performance.now()
    expect(faultOf(text)).toBeUndefined()
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
