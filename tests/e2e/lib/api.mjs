import { request } from 'node:https'

/** A refusal of the server, as its body tells it (RFC 9457). */
export class Refused extends Error {
  constructor(method, path, answer) {
    super(`${method} ${path}: ${answer.status} ${answer.problem?.code ?? ''} ${answer.problem?.detail_en ?? answer.text.slice(0, 200)}`)
    this.status = answer.status
    this.problem = answer.problem
  }
}

/** Requests over TLS, verified by the server's own authority. */
export class Api {
  constructor(port, authority, token) {
    this.port = port
    this.authority = authority
    this.token = token
  }

  get(path, options) {
    return this.send('GET', path, undefined, options)
  }

  post(path, body, options) {
    return this.send('POST', path, body, options)
  }

  put(path, body, options) {
    return this.send('PUT', path, body, options)
  }

  /**
   * Sends; a body that is no Buffer goes as JSON. Answers what the body says, or throws [`Refused`]; with `raw` the
   * whole answer whatever it says. `path` goes out as it stands, dots and all.
   */
  async send(method, path, body, { raw = false, headers = {} } = {}) {
    const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
    const sent = {
      ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
      ...(bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': bytes.length }),
      ...headers,
    }
    const answer = await new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', servername: 'localhost', port: this.port, ca: this.authority, agent: false, method, path, headers: sent }
      const outgoing = request(options, (response) => {
        const parts = []
        response.on('data', (part) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => resolve(read(response, Buffer.concat(parts))))
      })
      // A server that refuses a body early closes its half; the answer is what counts.
      let answered = false
      outgoing.on('response', () => (answered = true))
      outgoing.on('error', (error) => answered || reject(error))
      outgoing.setTimeout(30_000, () => outgoing.destroy(new Error(`${method} ${path}: no answer within 30 s`)))
      outgoing.end(bytes)
    })
    if (raw) return answer
    if (answer.status >= 400) throw new Refused(method, path, answer)
    return answer.json
  }
}

function read(response, bytes) {
  const type = response.headers['content-type'] ?? ''
  const text = /json|text|html/u.test(type) ? bytes.toString('utf8') : ''
  const json = type.includes('json') && text !== '' ? JSON.parse(text) : null
  const problem = type.startsWith('application/problem+json') ? json : null
  return { status: response.statusCode, headers: response.headers, type, bytes, text, json, problem }
}
