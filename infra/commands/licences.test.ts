// The licence list names every package of the lock file once, and does not hide one without a licence.
import { describe, expect, it } from 'vitest'
import { licenceList } from './licences.ts'

describe('the licence list', () => {
  it('S31 has a row for each package and version, nested ones too, and says where a licence is missing', () => {
    const list = licenceList({
      packages: {
        '': { version: '1.0.0' },
        'node_modules/b': { version: '2.0.0', license: 'MIT', dev: true },
        'node_modules/b/node_modules/@x/a': { version: '1.0.0' },
        'node_modules/c/node_modules/@x/a': { version: '1.0.0' },
      },
    })
    expect(list.split('\n').slice(7)).toEqual([
      '| @x/a | 1.0.0 | none named | by the product |',
      '| b | 2.0.0 | MIT | for building and testing |',
      '',
    ])
  })
})
