import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router";
import { pages } from "./pages";
import { NotFound } from "./shell/NotFound";
import { Shell } from "./shell/Shell";

const root = createRootRoute({ component: Outlet });

const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });
const logIn = createRoute({
  getParentRoute: () => root,
  path: "/log-in",
  component: lazyRouteComponent(() => import("./pages/log-in/LogInPage")),
});
const setUp = createRoute({
  getParentRoute: () => root,
  path: "/set-up",
  component: lazyRouteComponent(() => import("./pages/set-up/SetUpPage")),
});

export const router = createRouter({
  routeTree: root.addChildren([
    logIn,
    setUp,
    shell.addChildren(
      pages.map(({ path, load }) => createRoute({ getParentRoute: () => shell, path, component: lazyRouteComponent(load) })),
    ),
  ]),
  defaultPreload: "intent",
  defaultNotFoundComponent: NotFound,
});
