// Which addresses are out in the public, and that no spelling of an inner one passes.
import { describe, expect, it } from 'vitest'
import { whyNotPublic } from './public-address.ts'

describe('public addresses', () => {
  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.7',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.9',
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::a00:1',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2002:c0a8:101::1',
    '2001::1',
    '2001:db8::1',
    '3fff::1',
    '100::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '5f00::1',
    '4000::1',
    '[::1]',
    '',
    'localhost',
    '1.2.3.4.5',
    '0x7f.0.0.1%',
    'not an address',
  ])('S8 %s is none', (address) => {
    expect(whyNotPublic(address)).toEqual(expect.any(String))
  })

  it.each(['0177.0.0.1', '0x7f000001', '2130706433', '127.1'])('S8 the odd notation %s is loopback', (address) => {
    expect(whyNotPublic(address)).toBe('loopback')
  })

  it.each([
    '1.1.1.1',
    '31.13.72.8',
    '172.32.0.1',
    '100.128.0.1',
    '2a03:2880:f003::1',
    '2606:4700::1111',
    '::ffff:1.1.1.1',
    '64:ff9b::101:101',
  ])('%s is one', (address) => {
    expect(whyNotPublic(address)).toBeNull()
  })
})
