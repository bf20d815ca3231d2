// JSON from strangers: digits survive, depth is bounded, prototypes stay whole, and nothing takes long.
import { describe, expect, it } from 'vitest'
import { isGatewayError } from '../../core/errors.ts'
import { cpuMs } from '../../test/support/cpu.ts'
import { elementsOf, membersOf } from './json-slices.ts'
import { depthOf, field, idAt, readJson } from './read-json.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const read = (text: string) => readJson(bytes(text), 'a test')

describe('reading JSON', () => {
  it.each([
    ['9223372036854775807', '9223372036854775807'],
    ['12345678901234567890', '12345678901234567890'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740993', '9007199254740993'],
    ['1e999', '1e999'],
    ['1e3', 1_000],
    ['37.4611978', 37.461_197_8],
    ['-0.5', -0.5],
  ])('keeps every digit of %s', (written, kept) => {
    expect(field(read(`{"a": ${written}}`), 'a')).toBe(kept)
    expect(field(read(`{"text":"1","list":[0,${written}]}`), 'list')).toEqual([0, kept])
  })

  it('reads ids as text, whichever way they came', () => {
    const ids = read('{"a":1689556908129832,"b":"1689556908129832","c":12345678901234567890,"d":1.5,"e":null}')
    expect(['a', 'b', 'c', 'd', 'e', 'toString'].map((name) => idAt(ids, name))).toEqual([
      '1689556908129832',
      '1689556908129832',
      '12345678901234567890',
      undefined,
      undefined,
      undefined,
    ])
  })

  it('S7 reads inherited names as absent', () => {
    const object = read('{"__proto__":{"polluted":1},"a":{}}')
    expect(field(object, 'constructor')).toBeUndefined()
    expect(field(field(object, 'a'), 'polluted')).toBeUndefined()
    expect(Object.prototype).not.toHaveProperty('polluted')
  })

  const broken: Readonly<Record<string, string>> = {
    'no bytes': '',
    'an open brace': '{',
    'a list': '[]',
    'a text': '"a"',
    nothing: 'null',
    'a leading zero': '{"a":01}',
    NUL: '\u0000',
    'a brace too many': '{"a":1}}',
    'a million brackets': '['.repeat(1_000_000),
    '33 levels': `{"a":${'['.repeat(32)}${']'.repeat(32)}}`,
  }
  it.each(Object.keys(broken))('S7 says of %s that it is unreadable, and nothing worse', (what) => {
    expect(() => read(broken[what]!)).toThrow(expect.toSatisfy((error) => isGatewayError(error, 'event.invalid')))
  })
  it('S7 counts depth outside strings only', () => {
    expect(depthOf(bytes('{"a":"[[[[\\"[[[","b":[{"c":1}]}'))).toBe(3)
    expect(read(`{"a":"${'['.repeat(100)}"}`)).toHaveProperty('a')
    expect(read(`{"a":${'['.repeat(31)}${']'.repeat(31)}}`)).toHaveProperty('a')
  })

  const slow: Readonly<Record<string, string>> = {
    blanks: '[' + ' '.repeat(2_000_000),
    digits: `{"a":${'1'.repeat(2_000_000)}`,
    decimals: `{"a":1.${'1'.repeat(2_000_000)}x`,
    commas: ','.repeat(2_000_000),
    escapes: '"\\'.repeat(1_000_000),
    colons: '1:'.repeat(1_000_000),
  }
  it.each(Object.keys(slow))('S7 two megabytes of %s cost less than a second', async (what) => {
    expect(await cpuMs(() => expect(() => read(slow[what]!)).toThrow(/Reading a test/))).toBeLessThan(1_000)
  })
})

describe('slices of JSON', () => {
  it('gives members and elements as they were written', () => {
    expect(membersOf(' { "a" : [1, {"b":"}]"}] ,"\\u0061": 12345678901234567890, "c\\"d":"," } ')).toEqual([
      { name: 'a', text: '"a" : [1, {"b":"}]"}]', value: '[1, {"b":"}]"}]' },
      { name: 'a', text: '"\\u0061": 12345678901234567890', value: '12345678901234567890' },
      { name: 'c"d', text: '"c\\"d":","', value: '","' },
    ])
    expect(elementsOf('[ {"a":[1,2]} , "x,y", [] , null]')).toEqual(['{"a":[1,2]}', '"x,y"', '[]', 'null'])
    expect(elementsOf('[ ]')).toEqual([])
    expect(membersOf('{}')).toEqual([])
  })
})
