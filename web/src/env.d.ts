/// <reference types="vite/client" />

// For tools that don't read single-file components; vue-tsc does and never looks here.
declare module '*.vue' {
  import type { Component } from 'vue'
  const component: Component
  export default component
}
