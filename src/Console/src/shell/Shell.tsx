import { ActionIcon, Anchor, AppShell, Badge, Box, Burger, Button, Group, Loader, Menu, NavLink, Text } from "@mantine/core";
import { useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconLogout, IconMoon, IconSun, IconUserCircle, IconUserCog, IconWorld } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Navigate, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { whenLoggedOut } from "../api/client";
import { queries } from "../api/queries";
import { may, SessionContext, sessionQuery, setUpQuery, useLogOut, type Session } from "../api/session";
import { chooseLanguage, languages, type Language } from "../i18n";
import { pages } from "../pages";
import { ProblemAlert } from "../shared/ProblemAlert";
import { NoticesBell } from "./NoticesBell";

const LogInAgain = lazy(() => import("./LogInAgain"));

/** The frame of every page: who is logged in, where one can go, and how it looks. Sends whom it does not know to the log-in. */
export function Shell() {
  const { data: session, error, refetch, isPending } = useQuery(sessionQuery);
  const setUp = useQuery({ ...setUpQuery, enabled: !isPending && (!session || session.kind === "local") });
  useEffect(() => whenLoggedOut(() => void queries.invalidateQueries(sessionQuery)), []);
  // Kept while a log-in has ended, so that the page stays as it is under the question for the password.
  const [known, setKnown] = useState<Session | null>(null);
  useEffect(() => {
    if (session && session.kind !== "local") setKnown(session);
  }, [session]);
  const hasEnded = known !== null && (!session || session.kind === "local");

  if (error && !session)
    return (
      <Group p="xl">
        <ProblemAlert error={error} retry={() => void refetch()} />
      </Group>
    );
  if (isPending || (setUp.isLoading && !known))
    return (
      <Group p="xl" justify="center">
        <Loader />
      </Group>
    );
  if (setUp.data?.needed && setUp.data.allowed && !known) return <Navigate to="/set-up" />;
  const shownTo = hasEnded ? known : session;
  if (!shownTo) return <Navigate to="/log-in" />;
  return (
    <SessionContext value={shownTo}>
      <Frame session={shownTo} />
      {hasEnded && (
        <Suspense>
          <LogInAgain username={known.username ?? ""} />
        </Suspense>
      )}
    </SessionContext>
  );
}

function Frame({ session }: { session: Session }) {
  const { t } = useTranslation("common");
  const [isOpen, { toggle, close }] = useDisclosure();
  const location = useLocation();
  const navigate = useNavigate();
  useEffect(close, [location.pathname, close]);
  const visible = pages.filter((page) => page.group && (page.scopes.length === 0 || may(session, ...page.scopes)));

  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !isOpen } }} padding="md">
      <Anchor href="#content" className="skip-link">
        {t("skip")}
      </Anchor>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t("menu")} />
            <img src="/icon.svg" width={28} height={28} alt="" />
            <Text fw={600} truncate>
              {session.school.name}
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            {may(session, "attendance:read") && <NoticesBell />}
            <LookButton />
            <LanguageMenu />
            <AccountMenu session={session} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" component="nav" aria-label={t("navigation")}>
        <Box style={{ overflowY: "auto" }}>
          {(["school", "system"] as const).map((group) => (
            <div key={group} role="group" aria-label={t(`groups.${group}`)}>
              <Text size="xs" c="dimmed" fw={600} px="sm" pt="sm" pb={4}>
                {t(`groups.${group}`)}
              </Text>
              {visible
                .filter((page) => page.group === group)
                .map((page) => (
                  <NavLink
                    key={page.path}
                    href={page.path}
                    label={t(`pages.${page.name}` as never) as string}
                    leftSection={<page.icon size={18} stroke={1.6} aria-hidden />}
                    active={location.pathname === page.path || location.pathname.startsWith(`${page.path}/`)}
                    aria-current={location.pathname === page.path ? "page" : undefined}
                    onClick={(e) => {
                      if (e.ctrlKey || e.metaKey || e.shiftKey) return;
                      e.preventDefault();
                      void navigate({ to: page.path });
                    }}
                  />
                ))}
            </div>
          ))}
        </Box>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Suspense
          fallback={
            <Group justify="center" p="xl">
              <Loader />
            </Group>
          }
        >
          <Outlet />
        </Suspense>
      </AppShell.Main>
    </AppShell>
  );
}

function LookButton() {
  const { t } = useTranslation("common");
  const { setColorScheme } = useMantineColorScheme();
  const look = useComputedColorScheme("light");
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={t(look === "dark" ? "look.light" : "look.dark")}
      onClick={() => setColorScheme(look === "dark" ? "light" : "dark")}
    >
      {look === "dark" ? <IconSun size={20} /> : <IconMoon size={20} />}
    </ActionIcon>
  );
}

export function LanguageMenu() {
  const { t, i18n } = useTranslation("common");
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("language")}>
          <IconWorld size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(languages) as Language[]).map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            onClick={() => void chooseLanguage(language)}
            rightSection={
              i18n.language === language ? (
                <Badge size="xs" variant="light">
                  ✓
                </Badge>
              ) : null
            }
          >
            {languages[language]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function AccountMenu({ session }: { session: Session }) {
  const { t } = useTranslation("common");
  const navigate = useNavigate();
  const logOut = useLogOut();
  if (session.kind === "local") {
    return (
      <Button size="xs" variant="default" onClick={() => void navigate({ to: "/log-in" })}>
        {t("logIn")}
      </Button>
    );
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("account", { name: session.username })}>
          <IconUserCircle size={24} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session.username}</Menu.Label>
        <Menu.Item leftSection={<IconUserCog size={16} />} onClick={() => void navigate({ to: "/account" })}>
          {t("pages.account")}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => logOut.mutate(false)}>
          {t("logOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
