/** What htmx offers to modules; the rest of it is not used from scripts. On the article page it comes when it is needed: `await htmxHere()`. */
declare const htmx: {
  swap(target: Element | string, content: string, how: { swapStyle: string; swapDelay?: number; settleDelay?: number }): void;
  ajax(verb: string, url: string, how: { target: string | Element; swap?: string; source?: Element; values?: Record<string, string | string[]> }): Promise<void>;
  process(element: Element): void;
  trigger(element: Element, name: string): void;
};
