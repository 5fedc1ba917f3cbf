// What the content script needs of the platform, and the names its files share.
declare const chrome: {
  runtime: {
    sendMessage(message: object): Promise<any>;
    onMessage: { addListener(take: (message: any, sender: unknown, reply: (answer: unknown) => void) => void): void };
  };
};
declare var inlayPainter: (ask: (message: object) => Promise<any>) => {
  dress(texts: string[], looks: Record<string, any>, place: string, anchors: string[]): void;
  reserve(mark: number, element: Element, place: string): void;
  paint(asked: number[], paints: [number, string, string, any?][]): void;
  remove(mark: number): void;
  clear(): void;
  has(mark: number): boolean;
  owns(node: Node): boolean;
  strip(before: HTMLElement | null, root: Element, tree: any): HTMLElement;
  rehearse(row: Element): void;
  tally(): Record<string, number>;
};
declare var inlayComposer: (ask: (message: object) => Promise<any>, painter: ReturnType<typeof inlayPainter>, rows: () => string) => {
  begin(composers: any[]): void;
  look(touched: Iterable<Element>): void;
};
declare var navigation: EventTarget | undefined;
