/** One page of a list; `next` asks for the following one. */
export interface Page<T> {
  items: T[]
  next?: string | null
}
