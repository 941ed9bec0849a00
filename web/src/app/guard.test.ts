import { describe, expect, it } from 'vitest'
import { decide, landing } from './guard'

const homes = { officer: '/officer', seat: '/seat' }
const officerPage = { path: '/officer/cases', name: 'cases', roles: ['officer'] as const }

describe('decide', () => {
  it('sends strangers to sign in and back afterwards', () => {
    expect(decide(officerPage, { role: null, party: null }, homes)).toEqual({
      path: '/sign-in',
      query: { to: '/officer/cases' },
    })
  })
  it('sends other roles home', () => {
    expect(decide(officerPage, { role: 'seat', party: null }, homes)).toBe('/seat')
    expect(decide(officerPage, { role: 'officer', party: null }, homes)).toBe(true)
  })
  it('opens public pages to everybody', () => {
    const receipt = { path: '/receipt/1', name: 'receipt', roles: null }
    expect(decide(receipt, { role: null, party: null }, homes)).toBe(true)
    expect(decide(receipt, { role: 'officer', party: null }, homes)).toBe(true)
  })
  it('never shows sign-in to somebody who is signed in, nor loops without a home', () => {
    const signIn = { path: '/sign-in', name: 'sign-in', roles: null }
    expect(decide(signIn, { role: 'officer', party: null }, homes)).toBe('/officer')
    expect(decide(signIn, { role: 'admin', party: null }, homes)).toBe(true)
    expect(decide({ path: '/', name: 'home', roles: null }, { role: 'admin', party: null }, homes)).toBe(
      '/sign-in',
    )
  })
})

it('landing stays on this site', () => {
  expect(landing('/officer/cases', '/officer')).toBe('/officer/cases')
  expect(landing('//evil.example', '/officer')).toBe('/officer')
  expect(landing('https://evil.example', '/officer')).toBe('/officer')
  expect(landing(undefined, undefined)).toBe('/')
})
