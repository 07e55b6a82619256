import { Anchor, Card, Center, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Navigate, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { sessionQuery, setUpQuery } from "../../api/session";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { LanguageMenu } from "../../shell/Shell";
import { LogInForm } from "./LogInForm";

export default function LogInPage() {
  const { t } = useTranslation("common");
  const navigate = useNavigate();
  const session = useQuery(sessionQuery);
  const setUp = useQuery(setUpQuery);
  useDocumentTitle(`${t("logIn")} · FaceAttendance`);
  if (setUp.data?.needed && setUp.data.allowed) return <Navigate to="/set-up" />;
  return (
    <Center component="main" mih="100dvh" p="md">
      <Card withBorder shadow="sm" padding="xl" w="100%" maw={400}>
        <Stack>
          <Group justify="space-between">
            <Group gap="sm">
              <img src="/icon.svg" width={36} height={36} alt="" />
              <Title order={1} size="h3">
                FaceAttendance
              </Title>
            </Group>
            <LanguageMenu />
          </Group>
          <ProblemAlert error={session.error} retry={() => void session.refetch()} />
          {setUp.data?.needed && !setUp.data.allowed && <Text size="sm">{t("setUpElsewhere")}</Text>}
          <LogInForm onDone={() => void navigate({ to: "/" })} />
          {session.data?.kind === "local" && (
            <Anchor
              size="sm"
              onClick={(e) => {
                e.preventDefault();
                void navigate({ to: "/" });
              }}
              href="/"
            >
              {t("goOnLocally")}
            </Anchor>
          )}
        </Stack>
      </Card>
    </Center>
  );
}
